"""Against a server on this machine that follows a script: no test needs the internet or a key."""

import importlib.util
from typing import Any

import numpy as np
import pytest
import torch
from talking import HangUp, Raw, Say, Script, Silence, Talking, error, talking

from interpbench.bundle.outcome import CellStop, Limits, Status
from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.plugins.discovery import find_method, load_method
from interpbench.theory import parse
from interpbench.tracks.context import Context, NotApplicable
from interpbench.tracks.extraction.enter import Extracted
from interpbench_methods.endpoint_theorist import EndpointTheorist

pytestmark = pytest.mark.skipif(importlib.util.find_spec("openai") is None, reason="openai is not installed")

KEY = "sk-a-very-private-key-0123456789"
DOMAIN = Domain(alphabets=(tuple(range(6)),) * 8, positions=(7,), classes=6)
RULE = "def rule(x):\n    return (x[1] + 2 * x[4]) % 6\n"
NEARLY = "def rule(x):\n    return (x[1] + 2 * x[4]) % 5\n"
SILENT = 0.3


def rows(theory: str = RULE, count: int = 300) -> Rows:
    tokens = np.random.default_rng(3).integers(0, 6, (count, 8))
    labels = parse(theory).run_many(tokens).integers()
    return Rows(tokens=torch.from_numpy(tokens), labels=torch.from_numpy(labels)[:, None])


def fenced(*blocks: str, before: str = "") -> Say:
    return Say(before + "".join(f"So:\n```python\n{block}```\n" for block in blocks))


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INTERPBENCH_ENDPOINT", "INTERPBENCH_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INTERPBENCH_KEY", "OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def asked(
    server: Talking, shown: Rows | None = None, *, wall: float = 60, **parameters: Any
) -> Extracted | NotApplicable:
    method = EndpointTheorist(**{"base_url": server.address, "model": "m", "seconds": SILENT, **parameters})
    shown = rows() if shown is None else shown
    ctx = Context(rng=generator("asked"), limits=Limits(wall_seconds=wall))
    ctx.study = method.study(shown, DOMAIN, ctx)
    return method.extract(None, shown, DOMAIN, 1000, ctx)


def theory(script: Script, **parameters: Any) -> tuple[str, Talking]:
    with talking(script) as server:
        found = asked(server, **parameters)
    assert isinstance(found, Extracted), found
    return found.theory, server


def stopped(script: Script, key: str | None = None, **parameters: Any) -> CellStop:
    with talking(script, key) as server, pytest.raises(CellStop) as caught:
        asked(server, **parameters)
    assert KEY not in caught.value.reason
    return caught.value


def test_a_good_reply_is_the_answer_at_once() -> None:
    found, server = theory([fenced(RULE)])
    assert parse(found) == parse(RULE)
    assert len(server.requests) == 1
    assert server.keys == [f"Bearer {KEY}"]
    assert server.requests[0]["model"] == "m"


def test_what_is_asked_holds_rows_and_no_held_out_ones() -> None:
    shown = rows()
    lines = {" ".join(map(str, tokens)) for tokens in shown.tokens.tolist()}
    _, server = theory([fenced(RULE)], shown=shown, characters=100_000)
    text = server.requests[0]["messages"][0]["content"]
    told = {line.partition(" -> ")[0] for line in text.splitlines() if " -> " in line} & lines
    assert len(lines) - len(told) == 300 // 4
    assert KEY not in text
    _, server = theory([fenced(RULE)], shown=shown, characters=200)
    assert server.requests[0]["messages"][0]["content"].count(" -> ") <= 200 // len("1 2 3 4 5 6 7 8 -> 1\n") + 1


def test_of_a_chain_of_thought_the_last_block_counts() -> None:
    thoughts = f"<think>\n```python\n{NEARLY}```\n</think>\nFirst I tried x[0]; row 3 contradicts it.\n"
    found, server = theory([fenced(NEARLY, RULE, before=thoughts)], steps=True)
    assert parse(found) == parse(RULE)
    assert "Think before you answer" in server.requests[0]["messages"][0]["content"]


def test_a_fault_goes_back_to_the_model_in_the_parsers_words() -> None:
    found, server = theory([fenced("def rule(x):\n    while x: pass\n"), fenced(RULE)])
    assert parse(found) == parse(RULE)
    said = server.requests[1]["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "user"]
    assert "line 2" in said[2]["content"]
    assert "while" in said[2]["content"]


def test_rows_that_contradict_a_theory_go_back_to_the_model() -> None:
    shown = rows()
    found, server = theory([fenced(NEARLY), fenced(RULE)], shown=shown)
    assert parse(found) == parse(RULE)
    complaint = server.requests[1]["messages"][2]["content"]
    truth = {
        " ".join(map(str, tokens)): label
        for tokens, label in zip(shown.tokens.tolist(), shown.labels[:, 0].tolist(), strict=True)
    }
    examples = [line for line in complaint.splitlines() if "but your function gives" in line]
    assert len(examples) == 12
    for line in examples:
        tokens, _, rest = line.partition(" -> ")
        right, _, given = rest.partition(", but your function gives ")
        assert truth[tokens] == int(right) != int(given)
        assert parse(NEARLY).run(tuple(map(int, tokens.split()))) == int(given)


def test_the_best_theory_wins_whenever_it_was_said() -> None:
    found, server = theory([fenced("def rule(x):\n    return 0\n"), fenced(NEARLY), Say("I give up.")])
    assert parse(found) == parse(NEARLY)
    assert len(server.requests) == 4


def test_a_table_of_the_known_rows_is_not_taken_for_the_rule() -> None:
    """Right on every row that the model knows; held-out rows choose."""

    def learnt(request: dict[str, Any]) -> Say:
        if len(request["messages"]) > 1:
            return fenced(NEARLY)
        told = [line.split(" -> ") for line in request["messages"][0]["content"].splitlines() if " -> " in line][1:]
        table = ", ".join(f"(({', '.join(tokens.split())}), {label})" for tokens, label in told)
        loop = "    for row, label in TABLE:\n        if x == row:\n            return label\n    return 0\n"
        return fenced(f"def rule(x):\n{loop}".replace("TABLE", f"[{table}]"))

    found, server = theory(learnt, shown=rows(count=60))
    assert parse(found) == parse(NEARLY)
    assert "right on all rows that you know" in server.requests[1]["messages"][2]["content"]


@pytest.mark.parametrize(
    "written",
    [
        'def solve(seq: tuple[int, ...]) -> int:\n    """The rule."""\n'
        "    total: int = seq[1] + 2 * seq[4]\n    return total % 6  # done\n",
        "M = 6\n\ndef rule(x, k=2):\n    return (x[1] + k * x[4]) % M\n",
    ],
)
def test_trifles_are_mended(written: str) -> None:
    found, server = theory([fenced(written)])
    assert len(server.requests) == 1
    shown = rows()
    assert np.array_equal(parse(found).run_many(shown.tokens.numpy()).integers(), shown.labels[:, 0].numpy())


@pytest.mark.parametrize(
    "garbage",
    [
        Say("I cannot help with that."),
        Say(""),
        Say(None),
        Say("```python\n" + "(" * 50_000),
        Say("<think>" * 20_000),
        Say("\x00\ud7ff\u202e```\n\x00def```"),
        Raw(200, b"<html>Welcome!</html>", "text/html"),
        Raw(200, b"{not json"),
        Raw(200, b"[]"),
        Raw(200, b'{"choices": []}'),
        Raw(200, b'{"choices": [{"message": {"content": [1]}}]}'),
        Raw(200, b"\xff\xfe"),
    ],
)
def test_garbage_is_an_invalid_answer_with_a_reason(garbage: Say | Raw) -> None:
    stop = stopped([garbage])
    assert stop.status is Status.INVALID_ANSWER
    assert stop.reason.startswith("no theory in 4 replies; of the last: ")


def test_silence_is_a_timeout() -> None:
    """A server that drips is ended by the cell's own limit: tests/run/test_endpoint.py."""
    with talking([Silence()]) as server, pytest.raises(CellStop) as caught:
        asked(server)
    assert caught.value.status is Status.TIMEOUT
    assert "was silent for 0.3 s" in caught.value.reason
    assert len(server.requests) == 1  # not tried again


def test_silence_after_a_theory_is_a_timeout_too() -> None:
    assert stopped([fenced(NEARLY), Silence()]).status is Status.TIMEOUT


def test_a_cell_without_time_left_is_a_timeout() -> None:
    assert stopped([fenced(RULE)], wall=5.0).status is Status.TIMEOUT


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interpbench_methods.endpoint_theorist.server.LONGEST_PAUSE", 0.01)


@pytest.mark.parametrize("fault", [HangUp(), error(500, "overloaded"), error(429, "slower, please")])
def test_a_passing_fault_passes(impatient: None, fault: Any) -> None:
    found, server = theory([fault, fault, fenced(RULE)])
    assert parse(found) == parse(RULE)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (HangUp(), "cannot be reached"),
        (error(500, "overloaded"), "HTTP 500"),
        (error(404, "no model m"), "has it a model 'm'?"),
        (error(400, "too long"), "HTTP 400"),
    ],
)
def test_a_lasting_fault_is_said(impatient: None, fault: Any, says: str) -> None:
    stop = stopped([fault])
    assert stop.status is Status.CRASHED
    assert says in stop.reason


def test_nobody_there_is_said(impatient: None) -> None:
    with talking([]) as gone:
        pass
    with pytest.raises(CellStop, match="cannot be reached"):
        asked(gone)


def test_a_wrong_key_is_said_and_not_shown() -> None:
    stop = stopped([fenced(RULE)], key="another")
    assert stop.status is Status.CRASHED
    assert "is the key in OPENAI_API_KEY right?" in stop.reason
    assert "Incorrect API key provided: [key]" in stop.reason


def test_a_missing_key_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert "OPENAI_API_KEY is not set" in stopped([fenced(RULE)], key="wanted").reason


def test_the_key_may_have_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_KEY", "the-key-of-the-lab")
    monkeypatch.setenv("INTERPBENCH_KEY", "LAB_KEY")
    with talking([fenced(RULE)], key="the-key-of-the-lab") as server:
        assert isinstance(asked(server), Extracted)


def test_a_server_that_repeats_the_key_does_not_get_it_into_the_transcript(capsys: pytest.CaptureFixture[str]) -> None:
    with talking([Say(f"Is {KEY} yours?"), fenced(RULE)]) as server:
        found = asked(server)
    assert isinstance(found, Extracted)
    said = "".join(capsys.readouterr())
    assert "Is [key] yours?" in said
    assert KEY not in said


def test_a_model_that_refuses_options_is_asked_without_them() -> None:
    def picky(request: dict[str, Any]) -> Say | Raw:
        return error(400, "Unsupported parameter: temperature") if "temperature" in request else fenced(RULE)

    _, server = theory(picky)
    assert [set(request) - {"model", "messages"} for request in server.requests] == [
        {"temperature", "seed", "max_tokens"},
        set(),
    ]


def test_the_transcript_stands_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    long = "Let me see. " * 3000
    with talking([Say(long), fenced(NEARLY), fenced(RULE)]) as server:
        method = EndpointTheorist(base_url=server.address, model="m")
        ctx = Context(rng=generator("asked"))
        ctx.study = method.study(rows(), DOMAIN, ctx)
    first = capsys.readouterr().err
    method.extract(None, rows(), DOMAIN, 1000, ctx)
    again = capsys.readouterr().err
    assert first == again
    for part in ("Rows, as input -> output", "[3, replied]", "% 6", "wrong on", "characters ...]"):
        assert part in again
    assert len(again) < 64 * 1024


def test_unset_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    method, ctx = EndpointTheorist(), Context.seeded("unset")
    ctx.study = method.study(rows(), DOMAIN, ctx)
    found = method.extract(None, rows(), DOMAIN, 1000, ctx)
    assert isinstance(found, NotApplicable)
    assert "INTERPBENCH_ENDPOINT" in found.reason
    assert "INTERPBENCH_MODEL" in found.reason


def test_without_rows_it_says_so() -> None:
    with talking([fenced(RULE)]) as server:
        assert isinstance(asked(server, rows(count=1)[:0]), NotApplicable)
    assert not server.requests


def test_random_labels_leave_it_doubtful_and_a_rule_sure() -> None:
    noise = rows()
    noise = Rows(tokens=noise.tokens, labels=torch.randint(6, (300, 1), generator=generator("noise")))
    with talking([fenced(NEARLY), fenced(RULE)]) as server:
        doubtful, sure = asked(server, noise), asked(server)
    assert isinstance(doubtful, Extracted)
    assert isinstance(sure, Extracted)
    assert doubtful.p_present < 0.4
    assert sure.p_present > 0.999


def test_two_conversations_are_one() -> None:
    replies = [fenced(NEARLY), fenced(RULE)]
    (_, first), (_, second) = theory(replies), theory(replies)
    assert first.requests == second.requests


def test_the_card_declares_the_network() -> None:
    info = find_method("endpoint-theorist")
    assert info.card.network
    assert [find_method(name).card.network for name in ("offline-theorist", "rows-to-theory")] == [False, False]
    assert {load_method(info, dict(p)).parameters["steps"] for p in info.card.variants.values()} == {False, True}
