"""Features: what was planted in words, numbers and a picture, and what a method gave beside it."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
from jaxtyping import Float

from interpbench.report.site.render import render
from interpbench.report.site.views import bars, scatter, values
from interpbench.report.site.views.given import given
from interpbench.report.site.views.keys import answered, keyed
from interpbench.report.site.views.odds import Odds
from interpbench.report.site.views.odds import Picture as OddsPicture
from interpbench.report.site.views.panel import Panels
from interpbench.report.site.views.worlds import NULLS, WORLDS, Asked, asked, facts, kind_of
from interpbench.run.execute import Runner
from interpbench.run.judged import JudgedTrack
from interpbench.tracks.features.answer import FeatureAnswer
from interpbench.tracks.features.gain import r_squared
from interpbench.tracks.features.key import FeatureKey, dense
from interpbench.tracks.features.matching import match, truncated
from interpbench.tracks.features.question import Wants
from interpbench.tracks.features.refusal import refusal
from interpbench.tracks.instance import Ref

FOUND = 0.9
"""Correlation from which on a page counts a variable as recovered; scores know no threshold."""
NAMED = 6
"""Variables that are named where they are missed."""


def view(runner: Runner, of: JudgedTrack) -> Panels:
    """Pieces for every question whose key the store holds."""
    questions: dict[str, dict[str, str]] = {}
    answers: dict[str, dict[str, str]] = {}
    for task in of.tasks:
        folders, rows = given(runner, of, task), list(answered(of, task))
        for ref, key in keyed(runner, task):
            unit = ref.units[0]
            about = asked(task.task, unit, folders.get(unit))
            questions.setdefault(task.name, {})[ref.id] = question(ref, key, about)
            for row, found in rows:
                one = found.get(unit)
                if isinstance(one, FeatureAnswer) and (piece := answer(ref, key, one, about)):
                    answers.setdefault(row, {})[ref.id] = piece
    return Panels(questions=questions, answers=answers)


def question(ref: Ref, key: FeatureKey, of: Asked) -> str:
    """What was planted."""
    truths = np.array(key.truths, dtype=float).reshape(len(key.truths), len(key.truths[0]) if key.truths else 0)
    on = _on(key) if key.present and key.wants is Wants.CODES else {}
    most = max((share for shares in on.values() for share in shares), default=0.0)
    step = 0.02 if most <= 0.2 else 0.2  # so that half of the axis is a short number, too
    kind = kind_of(ref)
    return render(
        "features-question.html.jinja",
        world="" if kind is None else WORLDS[kind],
        null="" if key.present else NULLS[of.null],
        key=key,
        facts=facts(key, of),
        unseen=sum(key.unseen) if key.present else 0,
        often=bars.picture(on, "Share of the asked rows in which each planted variable is on", step * ceil(most / step))
        if most
        else None,
        circle=values.circle(truths),
        squares=values.squares(truths, of.names),
    )


def answer(ref: Ref, key: FeatureKey, said: FeatureAnswer, of: Asked) -> str:
    """What a method said beside it; nothing where it is no answer to the question."""
    width = len(key.truths[0]) if key.truths else 0
    if said.not_applicable is not None or refusal(key.wants, key.asked, key.size, width, said):
        return ""
    odds = [Odds(of="something is planted", said=said.p_present, truth=key.present)]
    if said.p_superposed is not None:
        odds.insert(0, Odds(of="sparse sums", said=said.p_superposed, truth=key.superposed))
    told = {"odds": OddsPicture(odds=odds), "key": key}
    if not key.present or key.wants is Wants.SUPERPOSED:
        return render("features-answer.html.jinja", **told)
    with np.errstate(over="ignore", invalid="ignore"):
        if key.wants is Wants.CODES:
            return _codes(key, dense(said.active or [], said.values or [], key.size), of, told)
        return _predictions(ref, key, np.array(said.predictions, dtype=float), of, told)


def _codes(key: FeatureKey, codes: Float[np.ndarray, "row latent"], of: Asked, told: Mapping[str, object]) -> str:
    """How well each variable is matched by the latent that stands for it."""
    codes = truncated(codes, key.active)
    found = match(key.dense(), codes, key.size, np.array(key.unseen, dtype=bool) if key.unseen else None)
    strength = np.zeros(key.planted)
    strength[found.variables] = found.correlations
    groups = {name: strength[places].tolist() for name, places in _groups(key).items()}
    asked_for = sorted(place for places in _groups(key).values() for place in places)
    reached = {name: sum(value >= FOUND for value in some) for name, some in groups.items()}
    firing = int((codes != 0).any(axis=0).sum())
    named = of.names if len(of.names) == key.planted else ()
    missed = [named[place] for place in asked_for if named and strength[place] < FOUND]
    return render(
        "features-codes.html.jinja",
        picture=bars.picture(
            groups,
            "Correlation of each planted variable with its latent, sorted",
            mark=(f"dashed: recovered, from {FOUND} on", FOUND),
        ),
        reached=sum(reached.values()),
        of=len(asked_for),
        parts=[(name, reached[name], len(groups[name])) for name in groups if name],
        without=len(asked_for) - int((strength[asked_for] > 0).sum()),
        firing=firing,
        spare=firing - len(found.latents),
        missed=missed[:NAMED],
        more=len(missed) - NAMED,
        threshold=FOUND,
        **told,
    )


def _predictions(
    ref: Ref, key: FeatureKey, said: Float[np.ndarray, "row v"], of: Asked, told: Mapping[str, object]
) -> str:
    """Planted against predicted values."""
    truths = np.array(key.truths, dtype=float)
    names = of.names if len(of.names) == truths.shape[1] else [f"variable {at}" for at in range(truths.shape[1])]
    return render(
        "features-predictions.html.jinja",
        picture=scatter.picture(truths, said, *ref.units),
        reached=r_squared(said, truths),
        each=[(name, r_squared(said[:, [at]], truths[:, [at]])) for at, name in enumerate(names)][: values.MOST],
        **told,
    )


def _on(key: FeatureKey) -> dict[str, list[float]]:
    """How often variables are on, group by group."""
    shares = (key.dense() != 0).mean(axis=0)
    return {name: shares[places].tolist() for name, places in _groups(key).items()}


def _groups(key: FeatureKey) -> dict[str, Sequence[int]]:
    """Variables that are asked about, by their place in the hierarchy, where there is one.

    A variable that is never on is not asked about; where combinations were kept back, one that is on in none of them.
    """
    new = key.unseen if any(key.unseen) else (True,) * len(key.on)
    on = sorted({variable for row, counts in zip(key.on, new, strict=True) if counts for variable in row})
    if not key.parents:
        return {"": on}
    parents = set(key.parents)
    return {
        "parents": [place for place in on if place in parents],
        "children": [place for place in on if key.parents[place] >= 0],
        "others": [place for place in on if place not in parents and key.parents[place] < 0],
    }
