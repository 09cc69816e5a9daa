"""A round from end to end, on worlds that need no training: held, published, checked, and tampered with."""

import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml
from bundles import sealed_again, with_manifest
from command_line import interpbench

from interpbench.models.names import digest
from interpbench.plugins.discovery import counts
from interpbench.plugins.manifest import Suite
from interpbench.rounds.hold import open_round, receive, submitted
from interpbench.rounds.state import RoundError, read_round
from interpbench.run.isolate.levels import Isolation, choose
from interpbench.submissions.archive import Refused, packed, read_archive
from interpbench.submissions.layout import sha256

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
YAML = """
title: Guess
variants:
  "": {}
"""
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
    (folder / "guess" / "method.yaml").write_text(YAML)
    done(interpbench("run", "-s", "worlds.yaml", "-m", "./guess", "--store", "store", cwd=folder))
    for name, more in (("guess.ibz", ["--with-source"]), ("bare.ibz", [])):
        done(interpbench("submit", "./guess", "-s", "worlds.yaml", "--store", "store", "-o", name, *more, cwd=folder))
    return folder


SLY = {"__init__.py": METHOD.replace("Guesses", "Cheats").encode()}


def forged(bundle: Path, source: Mapping[str, bytes | None], **card: object) -> bytes:
    """A bundle with other code, None for a file that is gone, and another card; its hashes put right.

    Args:
        bundle: that is changed.
        source: files of method `guess`.
        card: fields of the manifest's card.
    """
    files = dict(read_archive(bundle))
    for name, content in source.items():
        files.pop(f"source/guess/{name}", None)
        if content is not None:
            files[f"source/guess/{name}"] = content
    code = {name.removeprefix("source/guess/"): files[name] for name in files if name.startswith("source/")}

    def change(document: dict[str, Any]) -> None:
        method = document["methods"][0]
        method["card"] |= card
        method["source"] = sorted(code)
        counted = [[name, sha256(content)] for name, content in sorted(code.items()) if counts(PurePath(name))]
        method["source_hash"] = digest(counted)

    return packed(sealed_again(with_manifest(files, change)))


HOSTILE: dict[str, tuple[dict[str, bytes | None], dict[str, object], str]] = {
    "not Python": ({"__init__.py": b"def ("}, {}, "not Python"),
    "nested": ({"__init__.py": b"a = " + b"(" * 50_000}, {}, "not Python"),
    "not text": ({"__init__.py": b"\xff\xfe"}, {}, "guess"),
    "gone": ({"__init__.py": None, "other.py": b"1"}, {}, "without its main file"),
    "another name": ({"__init__.py": METHOD.replace('"guess"', '"confidence"').encode()}, {}, "name: the code says"),
    "a path for a name": ({"__init__.py": METHOD.replace('"guess"', '"../../x"').encode()}, {}, "name: the code says"),
    "another tier": ({"__init__.py": METHOD.replace("Tier.WEIGHTS", "Tier.DATA").encode()}, {}, "tier: the code says"),
    "network untold": ({"method.yaml": f"{YAML}network: true\n".encode()}, {}, "method.yaml: network"),
    "network": ({"method.yaml": f"{YAML}network: true\n".encode()}, {"network": True}, "asks for a network"),
    "time untold": ({"method.yaml": f"{YAML}wall_seconds: 1e9\n".encode()}, {}, "method.yaml: wall_seconds"),
    "time": (
        {"method.yaml": f"{YAML}wall_seconds: 9000\n".encode()},
        {"wall_seconds": 9e3},
        "got 9000, wanted 1800 at most",
    ),
    "another card": ({"method.yaml": f"{YAML}tuned: Nothing.\n".encode()}, {}, "method.yaml: tuned"),
    "no YAML": ({"method.yaml": b"a: [", "__init__.py": METHOD.encode()}, {}, "not YAML"),
    "another track": (
        {"__init__.py": METHOD.replace("EntersFeatures", "EntersCircuits").encode()},
        {},
        "enters circuits",
    ),
}


@pytest.fixture(scope="module")
def opened(author: Path) -> Path:
    folder = author / "opened"
    suite = Suite.model_validate(yaml.safe_load(SUITE))
    open_round(folder, "trial", suite, datetime.now(UTC) + timedelta(days=1), datetime.now(UTC))
    return folder


@pytest.mark.parametrize("name", HOSTILE)
def test_what_run_could_not_load_or_should_not_is_not_received(name: str, author: Path, opened: Path) -> None:
    source, card, said = HOSTILE[name]
    path = author / "hostile.ibz"
    path.write_bytes(forged(author / "guess.ibz", source, **card))
    with pytest.raises(Refused) as caught:
        receive(opened, path, "hostile", datetime.now(UTC))
    assert said in "; ".join(map(str, caught.value.problems))
    assert not read_round(opened).submissions
    assert not list((opened / "plugins").glob("*"))


def test_who_hands_in_again_leaves_nothing_of_what_was_there(author: Path, opened: Path) -> None:
    again = author / "again.ibz"
    again.write_bytes(forged(author / "guess.ibz", {"helper.py": b"1\n"}))
    receive(opened, again, "again", datetime.now(UTC))
    assert (opened / "plugins" / "again" / "guess" / "helper.py").exists()
    received = receive(opened, author / "guess.ibz", "again", datetime.now(UTC))
    assert not (opened / "plugins" / "again" / "guess" / "helper.py").exists()
    state = read_round(opened)
    assert [one.name for one in submitted(opened, state)] == ["guess"]
    assert state.terms["submission again"] == received.sha256
    (opened / "plugins" / "again" / "guess" / "__init__.py").write_text(METHOD + "# more\n")
    with pytest.raises(RoundError, match=r"guess/__init__\.py is another one"):
        submitted(opened, state)
    (opened / "submissions" / "again.ibz").write_bytes(again.read_bytes())
    with pytest.raises(RoundError, match="not the bundle that came in"):
        submitted(opened, state)


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
    state = (author / "round" / "round.json").read_text()
    (author / "round" / "round.json").write_text(json.dumps(json.loads(state) | {"submissions": []}))
    dropped = interpbench("host", "run", "round", "-m", "classical-dictionary", cwd=author)
    (author / "round" / "round.json").write_text(state)
    assert dropped.returncode == 2
    assert "submissions are not those that the round was bound to" in dropped.stderr
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
    "caption": ("board.json", "that no method had seen", "that nobody has ever seen"),
    "page": ("README.md", "# Round trial", "# Round trial, won by guess"),
    "deadline": ("round.json", '"closes": "2020-', '"closes": "2021-'),
    "stranger": ("round.json", '"name": "guess"', '"name": "friend"'),
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
    shutil.copytree(published, tmp_path / "bundle")
    (tmp_path / "bundle" / "submissions" / "guess.ibz").write_bytes(b"something else")
    shutil.copytree(published, tmp_path / "code")
    (tmp_path / "code" / "answers" / "guess.ibz").write_bytes(forged(published / "answers" / "guess.ibz", SLY))
    shutil.copytree(published, tmp_path / "untouched")
    names = ["untouched", *[name for name in TAMPERED if name != "salt"], "answer", "bundle", "code"]
    told = subprocess.run(
        [sys.executable, "-c", CHECK, *names], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=True
    )
    found = {line.split("|")[0]: line.split("|")[1:] for line in told.stdout.splitlines()}
    assert list(found) == names
    assert found["untouched"] == []
    assert {name: bool(found[name]) for name in names[1:]} == dict.fromkeys(names[1:], True), found
    assert "code behind the answers of guess" in "".join(found["code"])
    other_salt = checked(tmp_path / "salt", author)  # in a process of its own: it draws other worlds
    assert other_salt.returncode == 3
    assert "commitment" in other_salt.stdout
