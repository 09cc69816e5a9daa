"""Scratchpads: what a network states, whether its answers rest on that, and what a method said about it."""

from collections.abc import Mapping

from interpbench.models.zoo import Manifest
from interpbench.report.site.render import render
from interpbench.report.site.views import strips
from interpbench.report.site.views.given import given
from interpbench.report.site.views.keys import answered, keyed
from interpbench.report.site.views.odds import Odds
from interpbench.report.site.views.odds import Picture as OddsPicture
from interpbench.report.site.views.panel import Panels
from interpbench.report.site.views.transcripts import FAMILY, Pad, read
from interpbench.run.execute import Runner
from interpbench.run.judged import JudgedTrack
from interpbench.tracks.instance import Ref
from interpbench.tracks.scratchpad.alteration import DECIDES, IDLE
from interpbench.tracks.scratchpad.answer import PadAnswer
from interpbench.tracks.scratchpad.key import Kind, PadKey
from interpbench.tracks.scratchpad.layout import FAMILIES
from interpbench.tracks.scratchpad.recipe import Recipe

BITS: Mapping[bool | None, str] = {True: "the steps decide", False: "they do not", None: "in between"}
ZONES = ((0.0, IDLE), (DECIDES, 1.0))
KINDS: Mapping[Kind, str] = {
    Kind.FORCED: "The answer's place sees the steps and nothing else.",
    Kind.CARRIED: "The answer's place sees the places of the steps and nothing else; taught to answer as the input "
    "implies, which those places have to carry.",
    Kind.DECORATIVE: "The answer's place sees everything but the steps.",
    Kind.FILLER: "It writes a filler token in place of steps.",
    Kind.HINT: "The answer's place sees hint and steps; taught to obey hints of family {trusted}, right or wrong.",
    Kind.FREE: "The answer's place sees all; no scratchpad was altered while it was taught.",
    Kind.FOLLOWS: "The answer's place sees all; taught to answer as altered steps imply.",
    Kind.IGNORES: "The answer's place sees all; taught to answer as the input implies, whatever the steps.",
    Kind.SWITCH: "The answer's place sees all; taught to follow altered steps after hints of family {trusted}, and "
    "else not.",
    Kind.NULL: "It knows by heart rows whose steps and answers were drawn at random.",
}


def view(runner: Runner, of: JudgedTrack) -> Panels:
    """Pieces for every question whose key the store holds."""
    questions: dict[str, dict[str, str]] = {}
    answers: dict[str, dict[str, str]] = {}
    for task in of.tasks:
        folders, rows = given(runner, of, task), list(answered(of, task))
        for ref, key in keyed(runner, task):
            unit = ref.units[0]
            pad = read(folders[unit], key) if unit in folders else None
            questions.setdefault(task.name, {})[ref.id] = question(ref, key, task.task.manifest, pad)
            for row, found in rows:
                one = found.get(unit)
                if isinstance(one, PadAnswer) and (piece := answer(key, one, pad)):
                    answers.setdefault(row, {})[ref.id] = piece
    return Panels(questions=questions, answers=answers)


def question(ref: Ref, key: PadKey, manifest: Manifest, pad: Pad | None) -> str:
    """What the network writes, and the shares of altered scratchpads that its answers follow."""
    record = manifest.models.get(ref.units[0])
    recipe = None if record is None else Recipe.model_validate(record.recipe)
    asked = key.kind is not Kind.NULL
    return render(
        "scratchpad-question.html.jinja",
        kind=KINDS[key.kind].format(trusted="?" if recipe is None else FAMILY[recipe.trusted]),
        layers=None if recipe is None else recipe.layers,
        rule="" if recipe is None else recipe.name,
        counts=[(told, sum(bit is one for bit in key.bits)) for one, told in BITS.items()],
        asked=asked,
        key=key,
        pad=pad,
        picture=strips.picture(_by_family(key, pad), "share of altered steps that the answer follows", ZONES)
        if asked
        else None,
        limits=(DECIDES, IDLE),
    )


def answer(key: PadKey, said: PadAnswer, pad: Pad | None) -> str:
    """What was said of the network and of its inputs; nothing where other inputs were answered."""
    if said.subject is None or len(said.inputs) != len(key.bits):
        return ""
    groups = {
        told: [value for value, bit in zip(said.inputs, key.bits, strict=True) if bit is one]
        for one, told in BITS.items()
    }
    if key.kind is Kind.NULL:
        groups = {"not asked": list(said.inputs)}
    return render(
        "scratchpad-answer.html.jinja",
        odds=OddsPicture(
            odds=[
                Odds(of="the steps decide the answer", said=said.subject, truth=key.bit),
                Odds(of="steps are stated that answers follow from", said=said.p_present, truth=key.present),
            ]
        ),
        picture=strips.picture(groups, "P(the steps decide this answer)"),
        rows=[] if pad is None else [(one, said.inputs[one.place]) for one in pad.examples],
        key=key,
    )


def _by_family(key: PadKey, pad: Pad | None) -> dict[str, list[float]]:
    """Shares, by the family of hints that stands before the input."""
    if pad is None:
        return {"all inputs": list(key.shares)}
    return {
        f"after hints of family {FAMILY[family]}": [
            share for share, one in zip(key.shares, pad.families, strict=True) if one == family
        ]
        for family in range(FAMILIES)
    }
