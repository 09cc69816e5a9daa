"""Queries are served by the parent, counted, and cannot hold it up."""

import pytest

from interpbench.bundle.outcome import Status
from interpbench.run.isolate import CellStop

from .conftest import Bench


def test_a_query_is_answered_and_counted(bench: Bench) -> None:
    outcome = bench.run("query", serve=lambda request: request + b" pong")
    assert outcome.files == {"result": b"ping pong"}
    assert outcome.cost.queries == 1


def test_requests_sent_at_once_are_answered_in_turn(bench: Bench) -> None:
    outcome = bench.run("query_at_once", serve=lambda request: request)
    assert outcome.files == {"result": b"ping"}
    assert outcome.cost.queries == 51


def test_over_budget_ends_the_cell(bench: Bench) -> None:
    served = 0

    def serve(request: bytes) -> bytes:
        nonlocal served
        served += 1
        if served > 10:
            raise CellStop(Status.OVER_BUDGET, "more than 10 queries")
        return request

    outcome = bench.run("query_often", times=100, serve=serve)
    assert (outcome.status, outcome.reason) == (Status.OVER_BUDGET, "more than 10 queries")
    assert outcome.cost.queries == 10


@pytest.mark.parametrize(("do", "reply"), [("query_half", b""), ("query_deaf", b"x" * 10_000_000)])
def test_a_cell_that_stalls_does_not_stall_the_parent(bench: Bench, do: str, reply: bytes) -> None:
    outcome = bench.run(do, serve=lambda request: reply, limits={"wall_seconds": 0.4})
    assert outcome.status is Status.TIMEOUT
    assert outcome.cost.wall_seconds < 1


def test_a_request_without_end_is_refused(bench: Bench) -> None:
    outcome = bench.run("query_huge", serve=lambda request: request)
    assert outcome.status is Status.CRASHED
    assert outcome.reason.startswith("query channel: a request of 4294967295 bytes")


def test_an_error_in_serve_is_the_callers(bench: Bench) -> None:
    def serve(request: bytes) -> bytes:
        raise LookupError("a bug of ours")

    with pytest.raises(LookupError, match="a bug of ours"):
        bench.run("query", serve=serve)
    assert bench.run("good").status is Status.OK


def test_round_trips_are_quick(bench: Bench) -> None:
    outcome = bench.run("query_often", times=1000, serve=lambda request: request)
    assert float(outcome.files["result"]) < 1.0  # 0.05-0.1 s when idle: the limit is for busy machines
