"""Keys of small worlds, and a toy task whose worlds are told by its settings."""

import numpy as np
from jaxtyping import Float

from interpbench.tracks.features.key import FeatureKey, Kind
from interpbench.tracks.features.question import Wants
from interpbench.tracks.features.toy import Drawn, Plan, ToyTask
from interpbench.tracks.instance import Ref

FEATURES, D, ACTIVE = 24, 12, 3


def sparse(rows: int, features: int, active: int, seed: int) -> Float[np.ndarray, "row feature"]:
    rng = np.random.default_rng(seed)
    lot = rng.random((rows, features)).argsort(axis=1) < active
    values: np.ndarray = lot * rng.uniform(0.5, 1.5, lot.shape)
    return values


def key_of(planted: Float[np.ndarray, "row feature"], kind: Kind = Kind.SUPERPOSITION, **more: object) -> FeatureKey:
    key = FeatureKey(
        kind=kind,
        wants=Wants.CODES,
        asked=len(planted),
        size=planted.shape[1],
        active=ACTIVE,
        planted=planted.shape[1],
        on=tuple(tuple(np.flatnonzero(row).tolist()) for row in planted),
        values=tuple(tuple(row[row != 0].tolist()) for row in planted),
    )
    return key.model_copy(update=more)


def ref_of(kind: Kind, index: int = 0) -> Ref:
    unit = f"u{index}"
    return Ref(
        task="features/x",
        suite_seed="s",
        index=index,
        kind=kind.value,
        units=(unit,),
        group="all",
        members=((kind.value, unit),),
    )


class TinyTask(ToyTask):
    """Sparse sums in few dimensions."""

    name = "tiny"
    version = "1.0"
    kind = Kind.SUPERPOSITION

    def plans(self, size: str) -> list[Plan]:
        return [Plan(design="one", number=0), Plan(design="one", number=1), Plan(design="one", number=0, null=True)]

    def draw(self, plan: Plan) -> Drawn:
        rng = self.rng(plan, "all")
        directions = rng.standard_normal((FEATURES, D))
        shown, asked = (sparse(count, FEATURES, ACTIVE, int(rng.integers(2**31))) for count in (600, 300))
        return Drawn(
            shown=shown @ directions,
            asked=asked @ directions,
            planted=asked,
            directions=directions,
            size=FEATURES,
            active=ACTIVE,
        )
