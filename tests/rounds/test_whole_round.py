"""A round from end to end, on worlds that need no training: held, published, checked, and tampered with."""

import json
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from command_line import interpbench

from interpbench.run.isolate.levels import Isolation, choose
from interpbench.submissions.archive import packed, read_archive

SUITE = """
name: worlds
version: "1.0"
seed: public
question: Worlds that are drawn.
tasks:
  features/superposition: smoke
"""
METHOD = '''
"""Guesses."""

import torch

from interpbench.bundle.tier import Tier
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.tracks.context import Context
from interpbench.tracks.features.enter import Codes, EntersFeatures
from interpbench.tracks.features.question import World


class Guess(Method, EntersFeatures):
    """Codes that are drawn."""

    name = "guess"
    family = Family.SAE
    tier = Tier.WEIGHTS
    version = "1.0"

    def codes(self, world: World, ctx: Context) -> Codes:
        """Drawn."""
        return Codes.of(torch.rand(len(world.asked), world.size, generator=ctx.rng), world.active)
'''
SOON = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S")


def done(told: CompletedProcess[str]) -> str:
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody with a method and its bundle."""
    folder = tmp_path_factory.mktemp("author")
    (folder / "worlds.yaml").write_text(SUITE)
    (folder / "guess").mkdir()
    (folder / "guess" / "__init__.py").write_text(METHOD)
    shutil.copy(Path(__file__).parents[2] / "methods/interpbench_methods/composition/method.yaml", folder / "guess")
    card = (folder / "guess" / "method.yaml").read_text()
    (folder / "guess" / "method.yaml").write_text(card[: card.index("calibration:")])
    done(interpbench("run", "-s", "worlds.yaml", "-m", "./guess", "--store", "store", cwd=folder))
    for name, more in (("guess.ibz", ["--with-source"]), ("bare.ibz", [])):
        done(interpbench("submit", "./guess", "-s", "worlds.yaml", "--store", "store", "-o", name, *more, cwd=folder))
    return folder


@pytest.fixture(scope="module")
def published(author: Path) -> Path:
    if choose("auto") is Isolation.PROCESS:
        pytest.skip("a round needs isolation bwrap or landlock")
    done(interpbench("host", "open", "round", "--name", "trial", "--closes", SOON, "-s", "worlds.yaml", cwd=author))
    bare = interpbench("host", "receive", "round", "bare.ibz", cwd=author)
    assert bare.returncode == 3
    assert "not all of its code is here" in bare.stderr
    done(interpbench("host", "receive", "round", "guess.ibz", cwd=author))
    early = interpbench("host", "close", "round", cwd=author)
    assert early.returncode == 2
    assert "takes submissions until" in early.stderr
    state = json.loads((author / "round" / "round.json").read_text())
    (author / "round" / "round.json").write_text(json.dumps(state | {"closes": "2020-01-01T00:00:00Z"}))
    late = interpbench("host", "receive", "round", "guess.ibz", cwd=author)
    assert late.returncode == 2
    assert "closed at" in late.stderr
    assert "is open" in interpbench("host", "run", "round", cwd=author).stderr
    assert "is bound to" in done(interpbench("host", "close", "round", cwd=author))
    secret = author / "round" / "salt"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert secret.read_text() not in (author / "round" / "round.json").read_text()
    unsafe = interpbench("host", "run", "round", "--isolation", "process", cwd=author)
    assert unsafe.returncode == 2
    assert "bwrap or landlock" in unsafe.stderr
    done(interpbench("host", "run", "round", "-m", "classical-dictionary", cwd=author))
    done(interpbench("host", "publish", "round", "-o", "public", cwd=author))
    return author / "public"


def checked(folder: Path, author: Path) -> CompletedProcess[str]:
    return interpbench("host", "check", str(folder), "--store", "check", cwd=author)


def test_what_was_published_is_in_order(published: Path, author: Path) -> None:
    assert "as published" in done(checked(published, author))
    board = json.loads((published / "board.json").read_text())
    rows = {row["name"]: row["label"] for row in board["tracks"][0]["rows"]}
    assert rows["guess"] == "ranked"
    assert rows["oracle"] == ""
    assert "round trial" in board["caption"]


def test_worlds_are_others_than_the_public_ones(published: Path) -> None:
    ours = read_archive(published / "answers" / "guess.ibz")
    theirs = read_archive(published / "submissions" / "guess.ibz")

    def asked(files: dict[str, bytes]) -> set[str]:
        lines = [
            line for name, content in files.items() if name.startswith("answers/") for line in content.splitlines()
        ]
        return {json.loads(line)["record"]["parts"]["question"] for line in lines}

    assert asked(ours)
    assert not asked(ours) & asked(theirs)


TAMPERED = {
    "commitment": (
        "round.json",
        '"keys": {\n   "features/superposition": "',
        '"keys": {\n   "features/superposition": "0',
    ),
    "salt": ("round.json", '"salt": "', '"salt": "0'),
    "keys": ("keys/features--superposition.json", "0.", "1."),
    "board": ("board.json", '"value": 0.', '"value": 0.9'),
}
CHECK = """
import sys
from pathlib import Path
from interpbench.rounds.check import check
for name in sys.argv[1:]:
    print(name, *check(Path(name), Path("check"), 0, lambda told: None), sep="|")
"""


def test_whatever_is_changed_is_found(published: Path, author: Path, tmp_path: Path) -> None:
    for name, (file, before, after) in TAMPERED.items():
        shutil.copytree(published, tmp_path / name)
        text = (tmp_path / name / file).read_text()
        assert before in text
        (tmp_path / name / file).write_text(text.replace(before, after, 1))
    shutil.copytree(published, tmp_path / "answer")
    files = read_archive(tmp_path / "answer" / "answers" / "guess.ibz")
    name = next(name for name in files if name.startswith("answers/"))
    files[name] = files[name].replace(b"p_present", b"p_presenl", 1)
    (tmp_path / "answer" / "answers" / "guess.ibz").write_bytes(packed(files))
    shutil.copytree(published, tmp_path / "untouched")
    names = ["untouched", "commitment", "keys", "board", "answer"]
    told = subprocess.run(
        [sys.executable, "-c", CHECK, *names], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=True
    )
    found = {line.split("|")[0]: line.split("|")[1:] for line in told.stdout.splitlines()}
    assert list(found) == names
    assert found["untouched"] == []
    assert {name: bool(found[name]) for name in names[1:]} == dict.fromkeys(names[1:], True), found
    other_salt = checked(tmp_path / "salt", author)  # in a process of its own: it draws other worlds
    assert other_salt.returncode == 3
    assert "commitment" in other_salt.stdout
