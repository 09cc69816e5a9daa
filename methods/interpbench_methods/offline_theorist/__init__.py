"""The rule that a small language model, on this machine and without a network, reads out of the rows."""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor

from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.language.conversation import Found, Plan, converse
from interpbench.toolkit.language.gate import Gate
from interpbench.toolkit.language.message import Message
from interpbench.toolkit.language.smollm import missing, smollm
from interpbench.toolkit.notes import packed, unpacked
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted


@final
class OfflineTheorist(Method, EntersExtraction):
    """What a language model that anybody can run says about the rows, if it says anything.

    It is asked as `endpoint-theorist` asks: it writes a theory, and rows that contradict it go back to it. If its best
    theory does not predict held-out rows better than a constant would, it is taken for incompetent and says nothing.

    References: Brown et al. 2020, Language models are few-shot learners; Wei et al. 2022, Chain-of-thought prompting.
    """

    name = "offline-theorist"
    family = Family.COT
    tier = Tier.DATA
    version = "1.0"

    steps: bool = False  # reason first
    characters: int = 600  # of rows in the first message: some 30
    rounds: int = 2  # replies, at most
    tokens: int = 160  # of a reply; twice as many to reason
    held_out: int = 100  # rows that the gate sees, at most, and at most a quarter of them

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """A theory that passed the gate, how sure rows make it that there is one, and the transcript; or why not."""
        if not len(rows):
            return {"refused": packed("no rows are shown, and a language model that sees no network has nothing else")}
        if lacking := missing():
            return {"refused": packed(f"no language model here: not installed: {', '.join(lacking)} (see the README)")}
        model, tokens = smollm(), self.tokens * (2 if self.steps else 1)
        plan = Plan(steps=self.steps, characters=self.characters, rounds=self.rounds, held_out=self.held_out)
        said: list[str] = []

        def note(message: str) -> None:
            said.append(message)
            ctx.log(message)

        def speak(messages: Sequence[Message], /) -> str:
            return model.reply(messages, tokens)

        found = converse(speak, rows, domain, plan, ctx.rng, note)
        if found.best is None:
            return {
                "refused": packed(f"competence gate: no theory in {self.rounds} replies; of the last: {_brief(found)}")
            }
        gate = Gate(right=found.best.hits, asked=found.held_out, constant=found.constant, tried=found.tried)
        if not gate.passed:
            return {"refused": packed(gate.reason)}
        return {
            "theory": packed(found.best.text),
            "present": torch.tensor(found.present, dtype=torch.float64),
            "transcript": packed("\n".join(said)),
        }

    def extract(
        self, subject: Subject | None, rows: Rows, domain: Domain, budget: int, ctx: Context
    ) -> Extracted | NotApplicable:
        """The theory of the rows; the network is not looked at."""
        study = ctx.study
        if "refused" in study:
            return NotApplicable(unpacked(study["refused"]))
        ctx.log(unpacked(study["transcript"]))  # with the answer, too
        return Extracted(theory=unpacked(study["theory"]), p_present=float(study["present"]))


def _brief(found: Found) -> str:
    return found.reason.partition("\n")[0][:200]
