"""Bundles of a small real run, and hands that change them."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from command_line import interpbench

from interpbench.models.names import digest
from interpbench.submissions.container import MODE
from interpbench.submissions.layout import sha256
from interpbench.submissions.manifest import MANIFEST
from interpbench.submissions.published import cells_file

SOURCE = '''
"""How many rows are shown, and how sure the network is of one of them."""

import time
from typing import final

import torch

from interpbench.bundle.tier import Tier
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.tracks.context import NotApplicable
from interpbench.tracks.generalization.enter import EntersGeneralization


@final
class Odd(Method, EntersGeneralization):
    """Answers some, refuses some, and breaks on some."""

    name = "odd"
    family = Family.BEHAVIOURAL
    tier = Tier.BEHAVIOUR
    version = "0.1"

    turn: int = 1

    def study(self, rows, domain, ctx):
        return {"count": torch.tensor([float(len(rows.tokens))])}

    def model_score(self, subject, rows, domain, ctx):
        sure = float(subject.logits(rows.tokens[:8]).log_softmax(-1).max())
        place = int(sure * 1e7) % 7
        if place == 0:
            raise ValueError("it broke, as it was meant to")
        if place == 1:
            return NotApplicable("not to be told here")
        return self.turn * sure + float(ctx.study["count"][0])
'''
CARD = """
title: Odd
summary: Answers some, refuses some, breaks on some.
variants:
  plain: {turn: 1}
  turned: {turn: -1}
tuned: Nothing.
references: ["Nobody 2026, Nothing"]
limits: It knows nothing.
calibration:
  generalization:
    plain: {slope: 1.5, offset: -0.5, gain: 0.2, pairs: 10, suite: dev 1.5, score: 0.6}
"""
ROWS = ("odd/plain", "odd/turned")
ADDITION, PARITY = "modular_addition", "streaming_parity"


def method(folder: Path) -> Path:
    """The odd method's folder, written."""
    place = folder / "odd"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text(SOURCE)
    (place / "method.yaml").write_text(CARD)
    return place


def run_and_pack(folder: Path) -> None:
    """Runs the odd method on suite `smoke` and packs it, as its author would; a leaderboard has a built-in method."""
    method(folder)
    store = folder / "store"
    on = ["--suite", "smoke", "-t", "generalization"]
    _done("run", *on, "-m", "./odd", "-m", "confidence", cwd=folder, store=store)
    who = ["--authors", "A. Author", "--authors", "B. Author", "--contact", "a@example.org"]
    _done("submit", "./odd", "--suite", "smoke", "-o", "odd.ibz", *who, "--with-source", cwd=folder, store=store)
    table = folder / "leaderboard" / "tables" / "smoke-generalization.json"
    written = ["--format", "json", "-o", str(table), "--cells", str(cells_file(table))]
    _done("report", *on, "-m", "confidence", *written, cwd=folder, store=store)


def _done(*words: str, cwd: Path, store: Path) -> None:
    done = interpbench(*words, cwd=cwd, store=store, timeout=480)
    assert done.returncode == 0, done.stderr


def zipped(
    files: Mapping[str, bytes], *, change: Callable[[zipfile.ZipInfo], None] | None = None, comment: bytes = b""
) -> bytes:
    """A zip as `packed` writes it, each entry changed before it is written."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, MODE << 16
            if change is not None:
                change(entry)
            archive.writestr(entry, content)
        archive.comment = comment
    return out.getvalue()


def sealed_again(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same with the manifest's hashes put right, as a careful forger would."""
    out = dict(files)
    document = json.loads(out[MANIFEST])
    document["files"] = {name: sha256(content) for name, content in sorted(out.items()) if name != MANIFEST}
    out[MANIFEST] = json.dumps(document).encode()
    return out


def with_manifest(files: Mapping[str, bytes], change: Callable[[dict[str, Any]], Any]) -> dict[str, bytes]:
    """The same with its manifest changed."""
    document = json.loads(files[MANIFEST])
    change(document)
    return {**files, MANIFEST: json.dumps(document).encode()}


def with_records(
    files: Mapping[str, bytes], change: Callable[[list[dict[str, Any]]], Any], row: str = ROWS[0], task: str = ADDITION
) -> dict[str, bytes]:
    """The same with a file of answers changed, hashes of lines and of the file put right.

    Args:
        files: of a bundle.
        change: of the list of lines, in place; each a dict with `hash` and `record`.
        row: whose file.
        task: which of its files, without the track; empty for its studies.
    """
    plain = row.replace("/", "--")
    name = f"answers/{plain}/generalization--{task}.jsonl" if task else f"studies/{plain}.jsonl"
    lines = [json.loads(line) for line in files[name].splitlines()]
    change(lines)
    for line in lines:
        line["hash"] = digest(line["record"]["parts"])
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    return sealed_again({**files, name: content})
