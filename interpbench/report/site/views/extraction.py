"""Extraction: the planted rule beside the theory, and inputs on which they differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interpbench.models.names import numpy_generator
from interpbench.report.site.render import render
from interpbench.report.site.views.keys import answered, keyed
from interpbench.report.site.views.panel import Panels
from interpbench.run.execute import Runner
from interpbench.run.judged import JudgedTrack
from interpbench.theory import InvalidTheory, parse
from interpbench.theory.limits import FUEL
from interpbench.theory.theory import Theory
from interpbench.tracks.extraction.agree import Tokens, fresh_inputs
from interpbench.tracks.extraction.answer import TheoryAnswer
from interpbench.tracks.extraction.key import TheoryKey
from interpbench.tracks.extraction.rules.guard import Guard

TRIED = 400
"""Fresh inputs that a theory is run on for a page, and inputs of each other region."""
SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Region:
    """Inputs of one part of the domain; `network` is what the network answers on them, where the key says."""

    name: str
    inputs: Tokens
    network: Sequence[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One input on which two programs differ."""

    region: str
    tokens: str
    rule: str
    theory: str
    network: str


def view(runner: Runner, of: JudgedTrack) -> Panels:
    """Texts for every question whose key the store holds."""
    questions: dict[str, dict[str, str]] = {}
    answers: dict[str, dict[str, str]] = {}
    for task in of.tasks:
        rows = list(answered(of, task))
        for ref, key in keyed(runner, task):
            questions.setdefault(task.name, {})[ref.id] = question(key)
            where = regions(key)
            seen: dict[str, str] = {}  # methods often give the same text
            for row, found in rows:
                one = found.get(ref.units[0])
                if isinstance(one, TheoryAnswer) and one.theory is not None:
                    told = f"{one.theory}\n{one.p_present}"
                    if told not in seen:
                        seen[told] = answer(key, one, where)
                    answers.setdefault(row, {})[ref.id] = seen[told]
    return Panels(questions=questions, answers=answers)


def question(key: TheoryKey) -> str:
    """The planted rule, and the other rules that fit every row."""
    return render("extraction-question.html.jinja", key=key, guard=[(place, token) for place, token in key.guard])


def answer(key: TheoryKey, given: TheoryAnswer, where: Sequence[Region]) -> str:
    """The theory with inputs on which it differs from the rule."""
    try:
        theory = parse(given.theory or "")
    except InvalidTheory as error:
        return render(
            "extraction-answer.html.jinja", given=given, fault=str(error), found=[], shares=[], present=key.present
        )
    rule = parse(key.theory)
    found, shares = differences(rule, theory, where)
    return render(
        "extraction-answer.html.jinja", given=given, fault="", found=found, shares=shares, present=key.present
    )


def regions(key: TheoryKey) -> list[Region]:
    """Where rule and theory are compared: fresh inputs, those that tell twins apart, and around a guard."""
    fresh = fresh_inputs(key.alphabets, key.names)[:TRIED]
    out = [Region(name="fresh", inputs=fresh, network=key.model[:TRIED])]
    if key.apart:
        out.insert(0, Region(name="where the rules differ", inputs=np.array(key.apart[:TRIED], dtype=np.int64)))
    if key.guard:
        guard = Guard(tests=key.guard, alphabets=key.alphabets)
        rng = numpy_generator(*key.names, "page")
        out.insert(0, Region(name="inside the guard", inputs=guard.inside(TRIED, rng)))
        out.insert(1, Region(name="near misses", inputs=guard.near_misses(TRIED, rng)))
    return out


def differences(
    rule: Theory, theory: Theory, where: Sequence[Region]
) -> tuple[list[Difference], list[tuple[str, int, int]]]:
    """The first inputs on which they differ, some of every region, and for each region how many do, of how many."""
    found: list[Difference] = []
    shares = []
    for region in where:
        wanted, said = rule.run_many(region.inputs, FUEL), theory.run_many(region.inputs, FUEL)
        apart = np.flatnonzero(~wanted.same(said))
        shares.append((region.name, len(apart), len(region.inputs)))
        for place in apart[: max(2, SHOWN // len(where))].tolist():
            network = region.network
            found.append(
                Difference(
                    region=region.name,
                    tokens=" ".join(str(token) for token in region.inputs[place].tolist()),
                    rule=_told(wanted.at(place)),
                    theory=_told(said.at(place)),
                    network=str(network[place]) if network is not None and place < len(network) else "",
                )
            )
    return found, shares


def _told(answer: object) -> str:
    return "fails" if answer is None else str(answer)
