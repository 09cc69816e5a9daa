from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load, save
from torch import Tensor

from interpbench.bundle.query import InvalidQuery, QueryBudgetError, Served, Server, client
from interpbench.models.data import Domain

DOMAIN = Domain(alphabets=((0, 2), (1, 4), (0, 1)), positions=(2,), classes=3)


def model(tokens: Tensor) -> Tensor:
    """Logits that tell the tokens."""
    return tokens.float()[:, None, :] * torch.tensor([1.0, 10.0, 100.0])


def server(limit: int = 100, logits: Callable[[Tensor], Tensor] = model) -> Server:
    return Server(Served(logits=logits, domain=DOMAIN), limit)


def tokens(count: int) -> Tensor:
    return DOMAIN.full(count, torch.Generator().manual_seed(0))


def test_the_client_gets_the_logits_of_its_tokens_in_order() -> None:
    served = server()
    ask = client(served)
    assert torch.equal(ask(tokens(7)), model(tokens(7)))
    assert torch.equal(ask(tokens(7).T.contiguous().T), model(tokens(7)))  # any layout


@given(st.lists(st.integers(0, 9), max_size=6))
def test_inputs_are_counted_and_not_requests(sizes: list[int]) -> None:
    served = server()
    for size in sizes:
        client(served)(tokens(size))
    assert served.count == sum(sizes)


def test_repeated_inputs_count_again() -> None:
    served = server()
    client(served)(tokens(1).expand(5, 3))
    assert served.count == 5


def test_the_last_allowed_query_is_answered_and_the_next_is_not() -> None:
    served = server(limit=10)
    assert len(client(served)(tokens(10))) == 10
    with pytest.raises(QueryBudgetError, match=r"^11 queries, 10 allowed$"):
        client(served)(tokens(1))
    with pytest.raises(QueryBudgetError, match=r"^12 queries, 10 allowed$"):
        client(served)(tokens(1))


def test_a_batch_over_the_budget_is_not_run() -> None:
    asked: list[int] = []

    def watched(batch: Tensor) -> Tensor:
        asked.append(len(batch))
        return model(batch)

    with pytest.raises(QueryBudgetError, match=r"^5 queries, 4 allowed$"):
        client(server(4, watched))(tokens(5))
    assert asked == []


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (torch.zeros(2, 3, dtype=torch.int32), r"got torch.int32 \(2, 3\), wanted int64 \(batch, 3\)"),
        (torch.zeros(2, 3), r"got torch.float32 \(2, 3\), wanted int64 \(batch, 3\)"),
        (torch.zeros(2, 2, dtype=torch.int64), r"got torch.int64 \(2, 2\), wanted int64 \(batch, 3\)"),
        (torch.zeros(2, 4, dtype=torch.int64), r"got torch.int64 \(2, 4\), wanted int64 \(batch, 3\)"),
        (torch.zeros(3, dtype=torch.int64), r"got torch.int64 \(3,\), wanted int64 \(batch, 3\)"),
        (torch.tensor([[0, 1, 5]]), r"a token outside 0 \.\.\. 4"),
        (torch.tensor([[0, 1, 1], [0, -1, 0]]), r"a token outside 0 \.\.\. 4"),
    ],
)
def test_what_is_no_batch_of_inputs_is_named_and_not_counted(batch: Tensor, message: str) -> None:
    served = server()
    with pytest.raises(InvalidQuery, match=message):
        served(save({"tokens": batch}))
    assert served.count == 0


@pytest.mark.parametrize(
    "request_", [b"", b"x" * 100, save({"inputs": tokens(2)}), (2**62).to_bytes(8, "little") + b"{}"]
)
def test_what_is_no_frame_is_named(request_: bytes) -> None:
    with pytest.raises(InvalidQuery, match=r"^not a safetensors frame with `tokens`$"):
        server()(request_)


def test_inputs_outside_the_domain_but_inside_the_vocabulary_are_answered() -> None:
    outside = torch.tensor([[1, 0, 4]])
    assert not bool(DOMAIN.contains(outside).any())
    assert torch.equal(client(server())(outside), model(outside))


def test_no_tokens_cost_nothing() -> None:
    served = server(limit=0)
    assert client(served)(tokens(0)).shape == (0, 1, 3)
    assert served.count == 0


def test_the_reply_carries_no_gradient_and_nothing_but_logits() -> None:
    weight = torch.ones(3, requires_grad=True)
    reply = load(server(logits=lambda batch: model(batch) * weight)(save({"tokens": tokens(2)})))
    assert set(reply) == {"logits"}
    assert not reply["logits"].requires_grad
