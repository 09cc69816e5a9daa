"""A folder of Hugging Face datasets: questions, results and the board, with a card; loads without a network."""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from jinja2 import Environment, PackageLoader, StrictUndefined

from interpbench.report.export.questions import line, table, tensor_file
from interpbench.report.export.sealed import leaking_columns, leaks
from interpbench.report.frame import board_frame
from interpbench.report.parquet import parquet
from interpbench.report.text import caption
from interpbench.run.cells import cells_frame
from interpbench.run.execute import Runner
from interpbench.run.judge import Keys
from interpbench.run.judged import JudgedTrack
from interpbench.run.plan import PlannedTask
from interpbench.run.questions import public_questions
from interpbench.run.zoo_hash import zoo_hash
from interpbench.score.board import Board

UNLINKED = ("units",)
"""Columns of the cells that are left out: they would tell which question is of which kind."""
PUBLISHED = frozenset({"kind"})
"""Sealed of a question, and public of a result, which no question can be told by."""


class LeakError(ValueError):
    """A sealed key shows in what was to be published."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """One file of a dataset.

    Attributes:
        config: the dataset that it is part of.
        name: of the split.
        path: below the folder.
    """

    config: str
    name: str
    path: str


def dataset_files(runner: Runner, tracks: Sequence[JudgedTrack], board: Board) -> Iterator[tuple[str, bytes]]:
    """Relative path and content of every file, the card last.

    Raises:
        LeakError: a key shows in a question or a result; nothing that comes after it is made.
    """
    splits: list[Split] = []
    for track in dict.fromkeys(task.info.track for task in runner.plan.tasks):  # unanswered tracks have questions too
        lines = {}
        for task in (task for task in runner.plan.tasks if task.info.track == track):
            keys = [key for _, key in Keys(runner.store, task, zoo_hash(task.info)).sealed()]
            for question in public_questions(task):
                found = line(question)
                refuse_leaks(found, keys, task.name)
                lines[question.id] = found
                yield tensor_file(question)
        splits.append(Split(config="questions", name=track, path=f"questions/{track}.parquet"))
        yield splits[-1].path, _parquet(table(lines.values()))
    name = re.sub(r"\W", "_", board.suite)
    for of in tracks:
        frame = cells_frame(of).drop(columns=list(UNLINKED))
        fields = {field for task in of.tasks for field in _fields(runner, task)}
        if told := leaking_columns(frame.columns, fields - PUBLISHED):
            raise LeakError(f"results of track {of.track}: columns {', '.join(told)} are called like sealed fields")
        splits.append(Split(config=f"results-{of.track}", name=name, path=f"results/{of.track}.parquet"))
        yield splits[-1].path, parquet(frame)
    splits.append(Split(config="board", name=name, path="board.parquet"))
    yield splits[-1].path, parquet(board_frame(board))
    yield "README.md", _card(board, splits).encode()


def refuse_leaks(found: Mapping[str, object], keys: Sequence[Mapping[str, object]], task: str) -> None:
    """Stops an export in which a question shows a key.

    Args:
        found: a line of the table of questions.
        keys: all sealed keys of its task, as JSON.
        task: its name, for the error.

    Raises:
        LeakError: it does.
    """
    question = json.loads(str(found["question"]))
    for key in keys:
        if told := leaks(question, key):
            raise LeakError(f"a question of {task} shows of its key: {', '.join(told)}")


def _fields(runner: Runner, task: PlannedTask) -> set[str]:
    return {field for _, key in Keys(runner.store, task, zoo_hash(task.info)).sealed() for field in key}


def _parquet(of: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(of, out, compression="zstd")
    return out.getvalue()


def _card(board: Board, splits: Sequence[Split]) -> str:
    environment = Environment(
        loader=PackageLoader("interpbench.report", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # Markdown
        trim_blocks=True,
        lstrip_blocks=True,
    )
    configs: dict[str, list[Split]] = {}
    for split in splits:
        configs.setdefault(split.config, []).append(split)
    template = environment.get_template("dataset.md.jinja")
    return template.render(board=board, configs=configs, caption=caption(board))
