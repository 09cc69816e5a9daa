"""Why a cell is a hit or a miss: the parts of its hash, next to those of what the store holds."""

from interpbench.models.names import digest
from interpbench.run.execute import Runner
from interpbench.run.plan import Cell
from interpbench.run.store import AnswerRecord


def explain(runner: Runner, cell: Cell) -> list[str]:
    """Lines that say what would happen to a cell, and which part of its hash decides it."""
    parts = runner.parts(cell)
    name = digest(parts)
    held = runner.store.answer(cell.row.name, name)
    if held is not None:
        lines = [f"hit: {cell.id} is stored as {name}, status {held.status.value}"]
        if held.reason:
            lines.append(f"  reason: {held.reason}")
        if held.status.transient:
            lines.append("  it is tried again with --retry")
        lines.append(
            f"  cost: {held.cost.cpu_seconds:.3f} CPU s, {held.cost.peak_bytes / 1e6:.0f} MB, "
            f"{held.cost.queries} queries"
        )
        if reached := held.parts.get("endpoint"):
            lines.append(f"  network: {reached['address']}, model {reached['model']}")
        return lines + _said(runner, cell, held)
    others = [
        record
        for _, record in runner.store.answers(cell.row.name)
        if record.task == cell.task.name and record.unit == cell.unit and record.mode == "answer"
    ]
    if not others:
        return [f"miss: {cell.id} has not run", *[f"  {key}: {value}" for key, value in parts.items()]]
    nearest = min(others, key=lambda record: len(_changed(parts, record.parts)))
    lines = [f"miss: {cell.id} ran under other conditions; what changed since:"]
    for key in _changed(parts, nearest.parts):
        lines.append(
            f"  {key}: was {nearest.parts.get(key)!r}, is {parts.get(key)!r}  "
            f"({_MEANING.get(key, 'part of the answer')})"
        )
    return lines


def _said(runner: Runner, cell: Cell, held: AnswerRecord) -> list[str]:
    """The cell's log, or if it never came to speak that of the study which it rests on."""
    log, who = held.log, "it said"
    if not log and cell.row.info is not None and cell.row.info.studies:
        study = runner.store.answer(cell.row.name, digest(runner.parts(cell, "study")))
        log, who = ("" if study is None else study.log), "its study said"
    shown = ["".join(c if c.isprintable() else "?" for c in line.expandtabs()) for line in log.splitlines()]
    return [f"  {who}:", *(f"    {line}" for line in shown)] if shown else []


def _changed(first: dict[str, object], second: dict[str, object]) -> list[str]:
    return [key for key in {**first, **second} if first.get(key) != second.get(key)]


_MEANING = {
    "question": "the question's bytes: zoo, rows or disguise",
    "source": "the method's own Python files",
    "parameters": "the variant's hyper-parameters in method.yaml",
    "version": "the method's version",
    "framework": "the source that the method reaches by imports",
    "environment": "Python, package versions, processor",
    "endpoint": "address or model of the endpoint",
    "limits": "time, memory and size limits",
    "isolation": "the isolation level",
    "tier": "the access tier",
    "seed": "the suite's seed",
}
