"""Propose, test, refine: a language model writes a theory, rows contradict it, and it writes a better one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int

from interpbench.models.data import Domain, Rows
from interpbench.theory import Theory, canonical, size
from interpbench.theory.limits import FUEL
from interpbench.toolkit.language import prompt
from interpbench.toolkit.language.gate import best_constant
from interpbench.toolkit.language.message import Message, Speaker
from interpbench.toolkit.language.presence import presence
from interpbench.toolkit.language.reply import read, spoken

EXAMPLES = 12
"""Contradictions that the model is told of at a time."""
LOGGED = 8000
"""Characters of a message that a transcript keeps."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How the conversation is held.

    Attributes:
        steps: whether the model is asked to reason first.
        characters: of rows in the first message.
        rounds: replies, at most.
        held_out: rows that the model is never told, at most, and at most a quarter: they choose among its theories.
    """

    steps: bool
    characters: int
    rounds: int
    held_out: int


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A theory that the model proposed.

    Attributes:
        text: of it.
        wrong: known rows that contradict it.
        hits: held-out rows that it gets right.
        length: its syntax nodes.
    """

    text: str
    wrong: int
    hits: int
    length: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """What came of a conversation.

    Attributes:
        best: the theory that most held-out rows agree with, then most known rows, then the shortest; None if the model
            never wrote one.
        held_out: how many rows were.
        constant: share of the rows that the best constant answer gets right.
        tried: different theories that the model wrote.
        reason: why its last reply held no theory.
    """

    best: Candidate | None
    held_out: int
    constant: float
    tried: int
    reason: str

    @property
    def present(self) -> float:
        """P(there is a rule)."""
        return presence(self.best.hits if self.best else 0, self.held_out, self.constant, self.tried)


def converse(
    speaker: Speaker, rows: Rows, domain: Domain, plan: Plan, rng: torch.Generator, log: Callable[[str], None]
) -> Found:
    """Asks for the rule behind rows until one fits them all or the rounds are over.

    Args:
        speaker: the language model.
        rows: all that are shown, at least one.
        domain: where their inputs come from.
        plan: how to ask.
        rng: chooses the rows that are held out, and those that are told.
        log: is given the transcript, message by message, as it grows.
    """
    rows = rows[torch.randperm(len(rows), generator=rng)]
    count = min(plan.held_out, len(rows) // 4)
    unseen, known = rows[:count], rows[count:]
    text = prompt.request(_fitting(known, plan.characters), domain, steps=plan.steps)
    messages: list[Message] = []
    candidates: dict[str, Candidate] = {}
    reason = ""
    for number in range(plan.rounds):
        messages.append(Message(role="user", text=text))
        log(f"[{number + 1}, asked]\n{_cut(text)}")
        reply = speaker(messages)
        log(f"[{number + 1}, replied]\n{_cut(reply)}")
        messages.append(Message(role="assistant", text=spoken(reply) or "(nothing)"))
        found = read(reply)
        if found.theory is None:
            reason = found.reason
            text = prompt.unreadable(found.reason, steps=plan.steps)
            continue
        answers = _answers(found.theory, known)
        right = _right(answers, known)
        hits = int(_right(_answers(found.theory, unseen), unseen).sum())
        wrong = int((~right).sum())
        candidates[found.text] = Candidate(
            text=found.text, wrong=wrong, hits=hits, length=size(canonical(found.theory))
        )
        log(f"[{number + 1}, tested] wrong on {wrong} of {len(known)} known rows, right on {hits} of {count} held out")
        if wrong:
            odd = torch.from_numpy(np.flatnonzero(~right)[:EXAMPLES])
            given = [answers[place] for place in odd.tolist()]
            text = prompt.mistaken(wrong, len(known), known[odd], given, steps=plan.steps)
        elif hits < count:
            text = prompt.overfitted(count - hits, count, steps=plan.steps)
        else:
            break
    order = sorted(candidates.values(), key=lambda one: (-one.hits, one.wrong, one.length))
    return Found(
        best=order[0] if order else None,
        held_out=count,
        constant=best_constant(rows.labels),
        tried=len(candidates),
        reason=reason,
    )


def _fitting(rows: Rows, characters: int) -> Rows:
    """The first rows whose lines fit into so many characters, and one at least."""
    lengths = np.cumsum([len(line) + 1 for line in prompt.lines(rows)])
    return rows[: max(1, int((lengths <= characters).sum()))]


def _answers(theory: Theory, rows: Rows) -> list[int | None]:
    """What the theory says; None where it fails or gives no single integer."""
    if not len(rows):
        return []
    found = theory.run_many(rows.tokens.numpy(), FUEL)
    values: Int[np.ndarray, " row"] = found.values[:, 0] if found.values.ndim == 2 else found.values
    one: Bool[np.ndarray, " row"] = ~found.failed & (found.lengths < 0)
    return [int(value) if fine else None for value, fine in zip(values, one, strict=True)]


def _right(answers: Sequence[int | None], rows: Rows) -> Bool[np.ndarray, " row"]:
    return np.array([a == b for a, b in zip(answers, rows.labels[:, 0].tolist(), strict=True)], dtype=bool)


def _cut(text: str) -> str:
    if len(text) <= LOGGED:
        return text
    return f"{text[: LOGGED // 2]}\n[... {len(text) - LOGGED} characters ...]\n{text[-LOGGED // 2 :]}"
