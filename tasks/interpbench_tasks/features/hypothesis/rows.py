"""Rows of sparse sums, and rows of clusters that no second moment, no norm and no pair of rows tells from them.

1. Raw rows: sums of `active` of many directions; or one of some directions and Gaussian noise. Directions come with
   either sign, equally often, so that all odd moments vanish: with positive ones alone the mean cube of the cosine
   between two rows was 1.8 times as large for sparse sums.
2. Whitening by Tyler's estimator, after which the *directions* of rows are spread evenly in the second moment.
3. Every row gets a new length, drawn from one law for both, and then one covariance for both. A row's length says
   nothing about its direction, so that covariance and law of norms are equal by construction. Scaling a row scales all
   its codes: sparse sums stay sparse sums, and a cluster becomes a ray.
4. The clusters' noise is set by bisection so that the mean fourth power of the cosine between two whitened rows equals
   that of the sparse sums. With equal norms this settles the mean kurtosis over all directions, too.

Reference: Tyler 1987, A distribution-free M-estimator of multivariate scatter, Annals of Statistics 15.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from interpbench.tracks.features.toy import Drawn
from interpbench_tasks.features.sparse import magnitudes, unit_directions

ROWS, ASKED = 8_000, 500
"""Shown, and asked; nothing but a probability is asked, and so these are only more of the same."""
FEW = 2_000
"""Rows from which whitening and noise are worked out."""
FINE = 0.15
"""Standard deviation of the sparse sums' own noise, in units of a direction, over the root of the dimensions."""
HALVINGS = 12
ROUNDS = 12
"""Of Tyler's fixed point."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A design of twins.

    Attributes:
        features: directions that sparse sums are made of.
        active: of them in a row.
        clusters: directions that clusters lie around; there are two clusters a direction, on either side.
        d: dimensions.
    """

    features: int
    active: int
    clusters: int
    d: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Raw:
    """Rows before they are whitened: codes times directions, and noise."""

    codes: Float[np.ndarray, "row code"]
    directions: Float[np.ndarray, "code d"]
    noise: Float[np.ndarray, "row d"]

    @property
    def rows(self) -> Float[np.ndarray, "row d"]:
        """As they are."""
        found: np.ndarray = self.codes @ self.directions + self.noise
        return found


def drawn(
    setting: Setting,
    *,
    superposed: bool,
    shared: np.random.Generator,
    reference: np.random.Generator,
    own: np.random.Generator,
) -> Drawn:
    """One world.

    Args:
        setting: of the twins.
        superposed: which of the two.
        shared: draws what twins share: the covariance.
        reference: draws sparse sums by which the clusters' noise is set, of neither twin.
        own: draws everything else.
    """
    axes, _ = np.linalg.qr(shared.standard_normal((setting.d, setting.d)))
    root = (axes * shared.uniform(0.5, 1.5, setting.d)) @ axes.T
    if superposed:
        raw = sums(setting, ROWS + ASKED, own)
    else:
        wanted = fourth(sums(setting, FEW, reference).rows)
        raw = clusters(setting, ROWS + ASKED, own, noise=noise_for(setting, wanted, reference))
    centre, whiten = tyler(raw.rows)
    white = (raw.rows - centre) @ whiten
    scale = np.sqrt(own.chisquare(setting.d, len(white)))[:, None] / np.linalg.norm(white, axis=1, keepdims=True)
    rows = scale * white @ root
    planted = np.concatenate([scale * raw.codes, scale], axis=1)
    directions = np.concatenate([raw.directions, -centre[None]]) @ whiten @ root
    return Drawn(
        shown=rows[:ROWS],
        asked=rows[ROWS:],
        planted=planted[ROWS:],
        directions=directions,
        size=2 * setting.features,
        active=setting.active,
        superposed=superposed,
    )


def sums(setting: Setting, rows: int, rng: np.random.Generator) -> Raw:
    """Sparse sums: exactly `active` directions a row."""
    lot = rng.random((rows, setting.features)).argpartition(setting.active, axis=1)[:, : setting.active]
    on = np.zeros((rows, setting.features), dtype=bool)
    np.put_along_axis(on, lot, True, axis=1)
    noise = FINE / np.sqrt(setting.d) * rng.standard_normal((rows, setting.d))
    return Raw(
        codes=_signed(magnitudes(on, rng), rng),
        directions=unit_directions(setting.features, setting.d, rng),
        noise=noise,
    )


def clusters(setting: Setting, rows: int, rng: np.random.Generator, noise: float) -> Raw:
    """One direction a row, and noise of so many units of a direction in all."""
    which = rng.integers(setting.clusters, size=rows)
    directions = unit_directions(setting.clusters, setting.d, rng)
    around = noise / np.sqrt(setting.d) * rng.standard_normal((rows, setting.d))
    return Raw(codes=_signed(np.eye(setting.clusters)[which], rng), directions=directions, noise=around)


def _signed(codes: Float[np.ndarray, "row code"], rng: np.random.Generator) -> Float[np.ndarray, "row code"]:
    found: np.ndarray = codes * rng.choice([-1.0, 1.0], codes.shape)
    return found


def noise_for(setting: Setting, wanted: float, rng: np.random.Generator) -> float:
    """The noise at which clusters have this fourth moment."""
    low, high = 0.05, 6.0
    seed = int(rng.integers(2**31))
    for _ in range(HALVINGS):
        middle = float(np.sqrt(low * high))
        found = fourth(clusters(setting, FEW, np.random.default_rng(seed), middle).rows)
        low, high = (middle, high) if found > wanted else (low, middle)
    return float(np.sqrt(low * high))


def fourth(rows: Float[np.ndarray, "row d"]) -> float:
    """Mean fourth power of the cosine between two whitened rows."""
    centre, whiten = tyler(rows)
    white = (rows - centre) @ whiten
    white /= np.linalg.norm(white, axis=1, keepdims=True)
    squares = np.square(white @ white.T).ravel()
    count = len(rows)
    return float((squares @ squares - count) / (count * (count - 1)))


def tyler(rows: Float[np.ndarray, "row d"]) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, "d d"]]:
    """A centre and a map after which the directions of rows have a second moment of 1 / d in every direction.

    The centre is moved, too, until the mean direction is 0.
    """
    count, d = rows.shape
    centre, whiten = rows.mean(axis=0), np.eye(d)
    for _ in range(ROUNDS):
        white = (rows - centre) @ whiten
        length = np.linalg.norm(white, axis=1, keepdims=True)
        weight = 1 / length
        centre = (weight * rows).sum(axis=0) / weight.sum()
        direction = white / length
        values, vectors = np.linalg.eigh(d * direction.T @ direction / count)
        whiten = whiten @ (vectors / np.sqrt(values)) @ vectors.T
        whiten /= np.linalg.norm(whiten) / np.sqrt(d)
    return centre, whiten
