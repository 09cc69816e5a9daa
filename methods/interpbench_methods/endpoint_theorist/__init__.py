"""The rule that a language model behind an address reads out of the rows."""

import importlib.util
import os
import time
from typing import final

import torch
from torch import Tensor

from interpbench.bundle.outcome import CellStop, Status
from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.plugins.endpoint import ADDRESS, DEFAULT_KEY, MODEL, Endpoint
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.toolkit.language.conversation import Plan, converse
from interpbench.toolkit.notes import packed, unpacked
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import EntersExtraction, Extracted

from .server import Server

UNSET = (
    f"no endpoint is set: set {ADDRESS} (such as https://api.openai.com/v1) and {MODEL} (the model's name there), and "
    f"{DEFAULT_KEY} if it wants a key"
)
ABSENT = 'the package openai is not installed: pip install "interpbench[endpoint]"'
MARGIN = 5.0
"""Seconds of the cell's limit that are left for its end."""


@final
class EndpointTheorist(Method, EntersExtraction):
    """A language model that has read most programs that there are may recognise this one.

    It is shown rows and writes a theory; rows that contradict it go back to it, up to `rounds` times. Of its theories
    the one is taken that most held-out rows agree with.

    References: Brown et al. 2020, Language models are few-shot learners; Wei et al. 2022, Chain-of-thought prompting;
    Wang et al. 2024, Hypothesis search; Qiu et al. 2024, Phenomenal yet puzzling (propose, select, refine).
    """

    name = "endpoint-theorist"
    family = Family.COT
    tier = Tier.DATA
    version = "1.0"

    steps: bool = False  # reason first
    characters: int = 5000  # of rows in the first message: some 250
    rounds: int = 4  # replies, at most
    held_out: int = 100  # rows that choose among theories, at most, and at most a quarter of them
    seconds: float = 120.0  # of silence
    base_url: str = ""  # instead of INTERPBENCH_ENDPOINT
    model: str = ""  # instead of INTERPBENCH_MODEL

    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, Tensor]:
        """The best theory, how sure rows make it that there is one, and the transcript; or why nobody was asked.

        Raises:
            CellStop: the endpoint was silent, refused, or never wrote a theory.
        """
        if not len(rows):
            return {"refused": packed("no rows are shown, and a language model that sees no network has nothing else")}
        endpoint = Endpoint.of(self.parameters, os.environ)
        if endpoint is None:
            return {"refused": packed(UNSET)}
        if importlib.util.find_spec("openai") is None:
            return {"refused": packed(ABSENT)}
        until = time.monotonic() + ctx.limits.wall_seconds - MARGIN
        server = Server(endpoint, endpoint.key(os.environ), self.seconds, until)
        plan = Plan(steps=self.steps, characters=self.characters, rounds=self.rounds, held_out=self.held_out)
        said: list[str] = []

        def note(message: str) -> None:
            said.append(message)
            ctx.log(message)

        found = converse(server, rows, domain, plan, ctx.rng, note)
        if found.best is None:
            raise CellStop(Status.INVALID_ANSWER, f"no theory in {self.rounds} replies; of the last: {found.reason}")
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
