"""What a theory answers on many inputs, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

NUMBER = -1
"""The length of an answer that is an integer and no sequence."""

Answer = int | tuple[int, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """The answers of one theory.

    Attributes:
        values: (input, width) an integer in the first column, or a sequence from there; 0 elsewhere.
        lengths: (input,) of sequences; `NUMBER` for integers and for failures.
        failed: (input,) no answer.
        taken: (input, 2 x conditional) whether conditional k was ever false (2k) and ever true (2k + 1); of failures
            up to the failure.
    """

    values: Int[np.ndarray, "input width"]
    lengths: Int[np.ndarray, " input"]
    failed: Bool[np.ndarray, " input"]
    taken: Bool[np.ndarray, "input outcome"]

    def __len__(self) -> int:
        return len(self.failed)

    def at(self, index: int) -> Answer | None:
        """One answer; None where the theory fails."""
        if self.failed[index]:
            return None
        length = int(self.lengths[index])
        row = self.values[index].tolist()
        return int(row[0]) if length == NUMBER else tuple(row[:length])

    def same(self, other: "Answers") -> Bool[np.ndarray, " input"]:
        """Where both give the same answer, or both fail."""
        width = max(self.values.shape[1], other.values.shape[1])
        equal = (_widened(self.values, width) == _widened(other.values, width)).all(axis=1)
        return np.asarray((self.failed == other.failed) & (self.lengths == other.lengths) & equal)

    def integers(self) -> Int[np.ndarray, " input"]:
        """The answers as one vector, 0 where the theory fails.

        Raises:
            ValueError: some are sequences.
        """
        if (self.lengths != NUMBER).any():
            where = int(np.flatnonzero(self.lengths != NUMBER)[0])
            raise ValueError(f"wanted integers as answers, got {self.at(where)} on input {where}")
        return np.asarray(self.values[:, 0])


def gather(answers: Sequence[Answer | None], taken: Bool[np.ndarray, "input outcome"]) -> Answers:
    """Answers one by one, None for failures, as arrays."""
    width = max([1, *(len(answer) for answer in answers if isinstance(answer, tuple))])
    values = np.zeros((len(answers), width), dtype=np.int64)
    lengths = np.full(len(answers), NUMBER, dtype=np.int64)
    for row, answer in enumerate(answers):
        if isinstance(answer, tuple):
            values[row, : len(answer)], lengths[row] = answer, len(answer)
        elif answer is not None:
            values[row, 0] = answer
    failed = np.array([answer is None for answer in answers], dtype=bool)
    return Answers(values=values, lengths=lengths, failed=failed, taken=taken)


def join(parts: Sequence[Answers]) -> Answers:
    """Answers behind each other."""
    width = max(part.values.shape[1] for part in parts)
    return Answers(
        values=np.concatenate([_widened(part.values, width) for part in parts]),
        lengths=np.concatenate([part.lengths for part in parts]),
        failed=np.concatenate([part.failed for part in parts]),
        taken=np.concatenate([part.taken for part in parts]),
    )


def _widened(values: Int[np.ndarray, "input width"], width: int) -> Int[np.ndarray, "input width"]:
    return np.pad(values, ((0, 0), (0, width - values.shape[1])))
