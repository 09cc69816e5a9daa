"""Agreement with what a language model predicts from the shown rows."""

from typing import final

import torch
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.language.gate import Gate, best_constant
from interpbench.toolkit.language.smollm import MODULES, missing, smollm
from interpbench.toolkit.unlabelled import unlabelled
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.generalization.enter import EntersGeneralization

from .notation import Notation
from .theorist import Theorist


@final
class LanguageModelTheorist(Method, EntersGeneralization):
    """A language model that has found the rule in the rows agrees with a network that has found it too.

    The model reads shown rows as lines `input -> output` and, in variant `steps`, says the rule in words. If it then
    predicts held-out shown rows better than any constant, it answers inputs outside of the shown rows, and
    score = mean over these and over answers of [subject(x) = answer(x)].

    References: Brown et al. 2020, Language models are few-shot learners; Wei et al. 2022, Chain-of-thought prompting.
    """

    name = "language-model-theorist"
    family = Family.COT
    tier = Tier.BEHAVIOUR
    version = "1.0"

    steps: bool = False  # say the rule in words first
    characters: int = 800  # of shown rows in the prompt, about as many tokens
    held_out: int = 40  # shown rows that only the gate sees, at most, and at most half of them
    inputs: int = 64  # unlabelled inputs, at most

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """What the gate found; if it was passed, inputs (input, length) and the model's answers (input, answer).

        The model is loaded here and not in `prepare`, which would load it for every subject as well.
        """
        if lacking := missing():
            return {"missing": torch.tensor([list(MODULES.values()).index(package) for package in lacking])}
        rows = _distinct(rows)
        rows = rows[torch.randperm(len(rows), generator=ctx.rng)]
        held_out = min(self.held_out, len(rows) // 2)
        notation = Notation.of(domain)
        read = _fitting(rows[held_out:], notation, self.characters)
        theorist = Theorist.reading(smollm(), notation, read, steps=self.steps)
        ctx.log(theorist.prompt)
        tried = theorist.predict(rows.tokens[:held_out])
        _log(ctx, "held-out rows, predicted (shown)", notation, rows[:held_out], tried)
        gate = Gate.of(tried, rows.labels[:held_out], best_constant(rows.labels))
        found = {
            "right": torch.tensor(gate.right),
            "asked": torch.tensor(gate.asked),
            "constant": torch.tensor(gate.constant, dtype=torch.float64),
        }
        if gate.passed:
            found["inputs"] = unlabelled(domain, rows, self.inputs, ctx.rng)
            found["answers"] = theorist.predict(found["inputs"])
            ctx.log("".join(["predicted\n", *notation.lines(Rows(tokens=found["inputs"], labels=found["answers"]))]))
        return found

    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float | NotApplicable:
        """Share of answers on which the subject and the language model agree."""
        study = ctx.study
        if "missing" in study:
            lacking = [list(MODULES.values())[number] for number in study["missing"].tolist()]
            return NotApplicable(f"no language model here: not installed: {', '.join(lacking)} (see the README)")
        gate = Gate(right=int(study["right"]), asked=int(study["asked"]), constant=float(study["constant"]))
        if not gate.passed:
            return NotApplicable(gate.reason)
        return float((subject.predict(study["inputs"]) == study["answers"]).double().mean())


def _distinct(rows: Rows) -> Rows:
    """Each input once: a row that is also in the prompt would be copied, and the gate passed without a rule."""
    tokens, number = torch.unique(rows.tokens, dim=0, return_inverse=True)
    labels = torch.empty(len(tokens), rows.labels.shape[1], dtype=torch.int64)
    labels[number] = rows.labels
    return Rows(tokens=tokens, labels=labels)


def _fitting(rows: Rows, notation: Notation, characters: int) -> Rows:
    """The first rows whose lines fit into so many characters; all lines are equally long."""
    return rows[: max(1, characters // len(notation.lines(rows[:1])[0]))]


def _log(ctx: Context, title: str, notation: Notation, rows: Rows, predicted: Tensor) -> None:
    lines = notation.lines(Rows(tokens=rows.tokens, labels=predicted))
    shown = notation.answers(rows.labels)
    ctx.log("\n".join([title, *(f"{line.rstrip()} ({answer})" for line, answer in zip(lines, shown, strict=True))]))
