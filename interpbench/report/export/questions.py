"""Questions as a table: a line a unit, with all that a method at tier `weights` is given."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from torch import Tensor

from interpbench.bundle.folder import TENSORS
from interpbench.run.questions import PublicQuestion

INLINE = 20_000
"""Tensors of rows with at most this many numbers stand in the table itself."""
WEIGHTS = ("subject/", "network/", "earlier/")
"""Names of weights begin with these; they are in the file alone."""
TENSOR = pa.struct(
    [
        ("name", pa.string()),
        ("dtype", pa.string()),
        ("shape", pa.list_(pa.int64())),
        ("integers", pa.list_(pa.int64())),
        ("floats", pa.list_(pa.float64())),
    ]
)
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("track", pa.string()),
        ("question", pa.string()),
        ("tensors", pa.list_(TENSOR)),
        ("file", pa.string()),
        ("sha256", pa.string()),
    ]
)
"""`question` is JSON; `tensors` are flat in row-major order, and null where they are in `file` alone."""


def tensor_file(question: PublicQuestion) -> tuple[str, bytes]:
    """Relative path and content of the safetensors file that holds all of a question's tensors, weights too."""
    return f"tensors/{question.id}.safetensors", question.files[TENSORS]


def line(question: PublicQuestion) -> dict[str, Any]:
    """A question as a line of the table."""
    file, content = tensor_file(question)
    return {
        "id": question.id,
        "track": question.track,
        "question": json.dumps(question.bundle.question, sort_keys=True),
        "tensors": [_described(name, tensor) for name, tensor in sorted(question.bundle.tensors.items())],
        "file": file,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def table(lines: Iterable[dict[str, Any]]) -> pa.Table:
    """Lines as a table, ordered by id, which is a hash: the order tells nothing."""
    ordered: Sequence[dict[str, Any]] = sorted(lines, key=lambda one: one["id"])
    return pa.Table.from_pylist(list(ordered), schema=SCHEMA)


def _described(name: str, tensor: Tensor) -> dict[str, Any]:
    shown = tensor.numel() <= INLINE and not name.startswith(WEIGHTS)
    values = tensor.flatten().tolist() if shown else None
    floating = tensor.is_floating_point()
    return {
        "name": name,
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "shape": list(tensor.shape),
        "integers": None if floating or values is None else [int(value) for value in values],
        "floats": values if floating else None,
    }
