"""Where looking inside helps: kind by kind and task by task, the best rival against the best of all other methods."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict

from interpbench.score.compare import compare_to
from interpbench.score.interval import Estimate
from interpbench.score.resample import Resample

TOP = 0.95
"""A rival that scores this much has solved the group without interpretability."""


class Group(BaseModel):
    """One kind of question, or one task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str
    """`kind` or `task`."""
    name: str
    cells: int
    scores: dict[str, float]
    """Row -> what it scores here; rows without a score are left out."""
    difference: Estimate | None
    """The inside method's score less the rival's, both as chosen on `dev`; of kinds alone."""
    detectable: float | None = None
    """The smallest difference that these cells would show with 80% power; boards of before lack it."""

    def best(self, rows: Sequence[str]) -> tuple[str, float] | None:
        """The best of some rows here, first by name where several are equal: chosen after the fact."""
        known = [(name, self.scores[name]) for name in sorted(rows) if name in self.scores]
        return max(known, key=lambda one: one[1], default=None)


Reduce = Mapping[str, Mapping[str, Float[np.ndarray, " draw"]]]
"""Row -> metric -> draws."""


def by_kind(draws: Reduce, sample: Resample, kinds: Sequence[str], pair: tuple[str, str] | None) -> list[Group]:
    """A group for each kind that has a metric of its own.

    Args:
        draws: of all rows but the bounds, on the weights of `sample`.
        sample: whole families resampled, where there are several.
        kinds: of the cells, in their order.
        pair: rival and inside method, as chosen on `dev`.
    """
    of = np.array(kinds)
    found = []
    for kind in dict.fromkeys(name for metrics in draws.values() for name in metrics if name in set(kinds)):
        here = {row: metrics[kind] for row, metrics in draws.items()}
        difference, size = None, None
        if pair is not None:
            rival, inside = pair
            compared = compare_to(rival, {name: here[name] for name in pair}, sample.evidence(of == kind))
            (told,) = (one for one in compared if one.method == inside)
            difference, size = told.difference, told.detectable
        found.append(
            Group(
                by="kind",
                name=kind,
                cells=int((of == kind).sum()),
                scores=_first(here),
                difference=difference,
                detectable=size,
            )
        )
    return found


def by_task(
    headline: Mapping[str, Float[np.ndarray, " task"]], tasks: Sequence[str], cells: Sequence[int]
) -> list[Group]:
    """A group for each task, on the headline's cells alone.

    Args:
        headline: of all rows but the bounds, on the cells of each task.
        tasks: their names.
        cells: how many of the headline's each has.
    """
    return [
        Group(
            by="task",
            name=task,
            cells=count,
            scores=_first({row: values[place:] for row, values in headline.items()}),
            difference=None,
        )
        for place, (task, count) in enumerate(zip(tasks, cells, strict=True))
        if count
    ]


def _first(draws: Mapping[str, np.ndarray]) -> dict[str, float]:
    return {row: float(values[0]) for row, values in draws.items() if np.isfinite(values[0])}
