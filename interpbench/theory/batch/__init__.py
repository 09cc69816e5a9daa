"""Many inputs at once, with NumPy; what the arrays cannot decide goes to the interpreter, input by input."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Int

from interpbench.theory.answers import NUMBER, Answers, gather, join
from interpbench.theory.batch.compact import compacted, counts
from interpbench.theory.batch.machine import Machine
from interpbench.theory.batch.state import Dead, State
from interpbench.theory.batch.values import SAFE, Batched, Ints, Mask, Seq, column
from interpbench.theory.interpreter import Program
from interpbench.theory.limits import ANSWER, LITERAL

if TYPE_CHECKING:
    from interpbench.theory.theory import Theory

CHUNK = 4096
"""Inputs at a time: an array of theirs is 32 KB and stays in the cache."""
FEW = 24
"""Up to so many inputs the interpreter is faster."""


def run_many(theory: "Theory", program: Program, tokens: Int[np.ndarray, "input length"], fuel: int) -> Answers:
    """The answers of a theory on many inputs; see `Theory.run_many`."""
    tokens = _checked(tokens)
    starts = range(0, max(len(tokens), 1), CHUNK)
    return join([_run_chunk(theory, program, tokens[start : start + CHUNK], fuel) for start in starts])


def _checked(tokens: Int[np.ndarray, "input length"]) -> Int[np.ndarray, "input length"]:
    tokens = np.asarray(tokens)
    if tokens.ndim != 2 or tokens.dtype.kind not in "iub":
        raise ValueError(f"got {tokens.dtype} of shape {tokens.shape}, wanted integers of shape (input, length)")
    if tokens.dtype == np.uint64 and tokens.size and tokens.max() >= LITERAL:
        raise ValueError(f"got the token {tokens.max()}, wanted at most 64 bits with a sign")
    return tokens.astype(np.int64)


def one_by_one(program: Program, tokens: Int[np.ndarray, "input length"], fuel: int) -> Answers:
    """The interpreter's answers."""
    outcomes = 2 * len(program.conditionals)
    answers = []
    taken = np.zeros((len(tokens), outcomes), dtype=bool)
    for row, x in enumerate(tokens.tolist()):
        answer, bits, error = program.follow(tuple(x), fuel)
        answers.append(answer if error is None else None)
        taken[row] = [bits >> outcome & 1 for outcome in range(outcomes)]
    return gather(answers, taken)


def _run_chunk(theory: "Theory", program: Program, tokens: Int[np.ndarray, "input length"], fuel: int) -> Answers:
    if len(tokens) <= FEW:
        return one_by_one(program, tokens, fuel)
    together, unsure = _together(theory, tokens, fuel)
    if not unsure.any():
        return together
    return _patched(together, unsure, one_by_one(program, tokens[unsure], fuel))


def _together(theory: "Theory", tokens: Int[np.ndarray, "input length"], fuel: int) -> tuple[Answers, Mask]:
    """Answers of a chunk, and the inputs for which they do not count."""
    state = State(len(tokens), fuel)
    far = np.asarray((np.abs(tokens) >= SAFE) | (tokens == -LITERAL))  # abs(-2**63) is itself
    state.doubt(np.asarray(far.any(axis=1)))
    tokens = np.where(far, 0, tokens)
    matrix = np.ascontiguousarray(tokens)
    x = Seq(tuple(Ints(np.ascontiguousarray(each), 0, 0).tight() for each in tokens.T), None, matrix)
    machine = Machine(state, theory.parameter, x, theory.conditionals)
    machine.block(theory.body, state.live)
    state.failed = state.failed | state.live  # the end without a return
    answers = _collected(state, machine)
    return answers, state.unsure


def _collected(state: State, machine: Machine) -> Answers:
    read = []
    for mask, value in machine.returned:
        if mask.any():
            state.live = mask  # their values are looked at once more
            try:
                read.append((mask & state.live, *_row(state, mask, value)))
            except Dead:
                continue
    width = max([1, *(values.shape[1] for _, values, _ in read)])
    values = np.zeros((state.inputs, width), dtype=np.int64)
    lengths = np.full(state.inputs, NUMBER, dtype=np.int64)
    for mask, block, sizes in read:
        keep = mask & ~state.failed & ~state.unsure
        values[keep, : block.shape[1]] = block[keep]
        lengths[keep] = sizes[keep]
    return Answers(values=values, lengths=lengths, failed=state.failed, taken=np.ascontiguousarray(machine.taken.T))


def _row(state: State, mask: Mask, value: Batched) -> tuple[Int[np.ndarray, "input width"], Int[np.ndarray, " input"]]:
    """A returned value as columns, zero behind each sequence's end, and the lengths."""
    items = value if isinstance(value, Seq) else Seq((value,))
    if len(items.items) > ANSWER and items.present is not None:
        state.give_up(mask)
    if len(items.items) > ANSWER:
        state.fail(mask)
    items = compacted(state, mask, items)
    columns = []
    for item in items.items:
        if isinstance(item, Seq) or not -LITERAL <= (item if isinstance(item, int) else 0) < LITERAL:
            state.fail(mask)
        columns.append(column(item, state.inputs))
    block = np.stack(columns, axis=1) if columns else np.zeros((state.inputs, 1), dtype=np.int64)
    if not isinstance(value, Seq):
        return block, np.full(state.inputs, NUMBER)
    sizes = column(counts(state, items), state.inputs)
    return np.where(np.arange(block.shape[1]) < sizes[:, None], block, 0), sizes


def _patched(together: Answers, unsure: Bool[np.ndarray, " input"], alone: Answers) -> Answers:
    """The interpreter's answers in the places of the unsure inputs."""
    width = max(together.values.shape[1], alone.values.shape[1])
    values = np.zeros((len(together), width), dtype=np.int64)
    values[:, : together.values.shape[1]] = together.values
    values[unsure] = 0
    values[unsure, : alone.values.shape[1]] = alone.values
    lengths, failed, taken = together.lengths.copy(), together.failed.copy(), together.taken.copy()
    lengths[unsure], failed[unsure], taken[unsure] = alone.lengths, alone.failed, alone.taken
    return Answers(values=values, lengths=lengths, failed=failed, taken=taken)
