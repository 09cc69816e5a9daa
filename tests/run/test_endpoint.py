"""Cells with an endpoint: what they reach, what is stored of them, and that the key is in none of it."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from talking import Drip, Raw, Say, Talking, talking

from interpbench.bundle.outcome import Limits, Status
from interpbench.bundle.tier import Tier
from interpbench.models.data import Domain, Rows
from interpbench.plugins.discovery import find_method, find_suite, read_method, tasks
from interpbench.plugins.endpoint import Endpoint
from interpbench.run.cell import ANSWER, STUDY
from interpbench.run.execute import Runner, Settings
from interpbench.run.isolate import JSON, CellJob, CellOutcome, Isolation, Slot, available, choose
from interpbench.run.plan import make_plan
from interpbench.run.store import AnswerRecord, Store
from interpbench.run.why import explain
from interpbench.theory import parse
from interpbench.tracks.extraction.question import Question

KEY = "sk-a-very-private-key-0123456789"
RULE = "def rule(x):\n    return (x[1] + 2 * x[4]) % 6\n"
DOMAIN = Domain(alphabets=(tuple(range(6)),) * 8, positions=(7,), classes=6)


def _caller(folder: Path, name: str, *, network: bool) -> Path:
    """A method that asks its endpoint, or one that it was told of, and says how that went, and what its key is."""
    path = folder / f"{name.replace('-', '_')}.py"
    path.write_text(f'''
import json, os, urllib.request
from interpbench.bundle.tier import Tier
from interpbench.plugins.family import Family
from interpbench.plugins.method import Method
from interpbench.tracks.generalization.enter import EntersGeneralization

class Caller(Method, EntersGeneralization):
    """Calls."""
    name = "{name}"
    family = Family.COT
    tier = Tier.DATA
    version = "1.0"
    told: str = ""

    def model_score(self, subject, rows, domain, ctx):
        address = os.environ.get("INTERPBENCH_ENDPOINT", self.told)
        key = os.environ.get("OPENAI_API_KEY")
        asked = json.dumps({{"model": os.environ.get("INTERPBENCH_MODEL"), "messages": []}}).encode()
        request = urllib.request.Request(address + "/chat/completions", asked, {{"authorization": f"Bearer {{key}}"}})
        try:
            ctx.log(f"with {{key}}: {{urllib.request.urlopen(request, timeout=5).read().decode()}}")
        except OSError as error:
            ctx.log(f"refused: {{error}}")
            return 0.0
        return 1.0
''')
    path.with_suffix(".yaml").write_text(f"network: {str(network).lower()}\n")
    return path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Talking]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with talking([Say("good day")], key=KEY) as server:
        monkeypatch.setenv("INTERPBENCH_ENDPOINT", server.address)
        monkeypatch.setenv("INTERPBENCH_MODEL", "some-model")
        yield server


def _one_cell(path: Path, store: Path, told: str = "") -> tuple[AnswerRecord, list[str]]:
    info = read_method(path)
    variants = {"": {"told": told}} if told else {"": {}}
    info = type(info)(**{**info.__dict__, "card": info.card.model_copy(update={"variants": variants})})
    known = tasks()
    suite = find_suite("smoke")
    plan = make_plan(suite, known, [info], [known[next(iter(suite.tasks))]])
    runner = Runner(plan, Store(store), Settings(isolation=choose("auto")))
    cell = next(cell for cell in plan.cells() if cell.row.info is not None)
    found: list[AnswerRecord] = []
    runner.run([cell], lambda _, record, cached: found.append(record))
    return found[0], explain(runner, cell)


def test_a_declared_method_reaches_its_endpoint_and_the_record_says_so(server: Talking, tmp_path: Path) -> None:
    record, why = _one_cell(_caller(tmp_path, "caller", network=True), tmp_path / "store")
    assert (record.status, json.loads(record.answer or "")["score"]) == (Status.OK, 1.0), (record.reason, record.log)
    assert record.parts["endpoint"] == {"address": server.address, "model": "some-model"}
    assert server.keys == [f"Bearer {KEY}"]
    assert server.requests[0]["model"] == "some-model"
    assert f"  network: {server.address}, model some-model" in why
    assert any(line.startswith("    with [key]: ") and "good day" in line for line in why)
    files = [file for file in (tmp_path / "store").rglob("*") if file.is_file()]
    assert len(files) > 2
    assert not [file for file in files if KEY.encode() in file.read_bytes()]


def test_an_undeclared_method_reaches_nothing_and_has_no_key(server: Talking, tmp_path: Path) -> None:
    if choose("auto") is Isolation.PROCESS:
        pytest.skip("nothing is kept from a cell here")
    record, why = _one_cell(_caller(tmp_path, "loner", network=False), tmp_path / "store", told=server.address)
    assert (record.status, json.loads(record.answer or "")["score"]) == (Status.OK, 0.0), (record.reason, record.log)
    assert record.log.startswith("refused: ")
    assert record.parts["endpoint"] is None
    assert not server.requests
    assert not any("network" in line for line in why)


def test_another_model_is_another_answer(server: Talking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _caller(tmp_path, "caller", network=True)
    first, _ = _one_cell(path, tmp_path / "store")
    monkeypatch.setenv("OPENAI_API_KEY", KEY + " ")  # the key is no part of what an answer depends on
    again, _ = _one_cell(path, tmp_path / "store")
    assert (again, len(server.requests)) == (first, 1)
    monkeypatch.setenv("INTERPBENCH_MODEL", "other-model")
    other, _ = _one_cell(path, tmp_path / "store")
    assert other.parts["endpoint"]["model"] == "other-model"
    assert len(server.requests) == 2


# The endpoint theorist in real cells


@pytest.fixture(scope="module", params=list(Isolation))
def slot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Slot, Path]]:
    level: Isolation = request.param
    if importlib.util.find_spec("openai") is None:
        pytest.skip("openai is not installed")
    if reason := available()[level]:
        pytest.skip(reason)
    bundles = tmp_path_factory.mktemp("bundles")
    with Slot(level=level, entry="interpbench.run.cell:run_cell", bundles=bundles) as slot:
        yield slot, bundles


def _question(study: bytes | None, tier: Tier = Tier.DATA) -> dict[str, bytes]:
    tokens = np.random.default_rng(3).integers(0, 6, (200, 8))
    labels = parse(RULE).run_many(tokens).integers()
    rows = Rows(tokens=torch.from_numpy(tokens), labels=torch.from_numpy(labels)[:, None])
    return Question(network=None, rows=rows, domain=DOMAIN, budget=100).bundle(tier, study).files()


def _cell(
    slot: tuple[Slot, Path], mode: str, server: Talking | None, study: bytes | None = None, wall: float = 60
) -> CellOutcome:
    info = find_method("endpoint-theorist")
    bundle = slot[1] / f"{mode}-{len(list(slot[1].iterdir()))}"
    bundle.mkdir()
    for name, content in _question(study).items():
        (bundle / name).write_bytes(content)
    limits = Limits(wall_seconds=wall)
    payload: dict[str, JSON] = {
        "track": "extraction",
        "mode": mode,
        "limits": limits.model_dump(mode="json"),
        "seed": ["a", "b"],
        "source": str(info.source),
        "module": info.module,
        "class": info.class_name,
        "parameters": {},
        "source_hash": info.source_hash,
    }
    if server is not None:
        payload["environment"] = {**Endpoint(address=server.address, model="m").variables}
    job = CellJob(
        id=mode,
        payload=payload,
        bundle=bundle,
        plugin=info.folder,
        limits=limits,
        ports=() if server is None else (Endpoint(address=server.address, model="m").port,),
        secret=None if server is None else KEY,
    )
    return slot[0].run(job)


def test_the_theorist_writes_its_theory_in_a_cell(slot: tuple[Slot, Path]) -> None:
    replies = [Say("I think " * 2000), Say(f"```python\n{RULE}```")]
    with talking(replies, key=KEY) as server:
        study = _cell(slot, "study", server)
    assert study.status is Status.OK, (study.reason, study.log)
    assert len(server.requests) == 2
    answer = _cell(slot, "answer", None, study.files[STUDY])  # what follows needs no network
    assert answer.status is Status.OK, (answer.reason, answer.log)
    document = json.loads(answer.files[ANSWER])
    assert parse(document["theory"]) == parse(RULE)
    assert document["p_present"] > 0.99
    for outcome in (study, answer):
        assert "Rows, as input -> output" in outcome.log
        assert "I think I think" in outcome.log
        assert "[2, tested] wrong on 0 of 150 known rows, right on 50 of 50 held out" in outcome.log


def test_a_server_that_drips_is_a_timeout_and_leaves_its_transcript(slot: tuple[Slot, Path]) -> None:
    with talking([Drip()], key=KEY) as server:
        outcome = _cell(slot, "study", server, wall=12)
    assert outcome.status is Status.TIMEOUT
    assert outcome.cost.wall_seconds < 20
    assert server.requests
    assert "Rows, as input -> output" in outcome.log


def test_garbage_is_an_invalid_answer_with_its_transcript(slot: tuple[Slot, Path]) -> None:
    with talking([Raw(200, b"<html>", "text/html"), Say(f"no, {KEY}")], key=KEY) as server:
        outcome = _cell(slot, "study", server)
    assert outcome.status is Status.INVALID_ANSWER
    assert outcome.reason == "no theory in 4 replies; of the last: there is no function in it"
    assert "no, [key]" in outcome.log
    assert KEY not in outcome.log


def test_an_unset_endpoint_is_not_applicable_and_says_what_to_set(slot: tuple[Slot, Path]) -> None:
    study = _cell(slot, "study", None)
    answer = _cell(slot, "answer", None, study.files[STUDY])
    assert "set INTERPBENCH_ENDPOINT" in json.loads(answer.files[ANSWER])["not_applicable"]
