from collections.abc import Callable
from itertools import combinations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Hidden
from interpbench.tracks.context import Context, NotApplicable
from interpbench_methods.swap_consistency import SwapConsistency
from interpbench_methods.swap_consistency.swaps import consistency, exchangeable, shown_consistency, swapped

Label = Callable[[Tensor], Tensor]

P = 11
TABLE = Domain(alphabets=(tuple(range(P)),) * 2, positions=(1,), classes=P)
BITS = Domain(alphabets=((0, 1),) * 8, positions=(7,), classes=2)


def _sum(tokens: Tensor) -> Tensor:
    return tokens.sum(dim=1, keepdim=True) % P


def _parity(tokens: Tensor) -> Tensor:
    return tokens[:, [1, 3, 6]].sum(dim=1, keepdim=True) % 2


def _table(domain: Domain, name: str) -> Label:
    """A random label for every input."""
    labels = torch.randint(domain.classes, (domain.size,), generator=generator(name))
    strides = [len(domain.alphabets[0]) ** power for power in reversed(range(domain.length))]
    return lambda tokens: labels[(tokens * torch.tensor(strides)).sum(dim=1)][:, None]


def _memoriser(rule: Label, shown: Rows, domain: Domain, name: str) -> Label:
    """Right on the shown rows, random elsewhere."""
    other = _table(domain, name)

    def answer(tokens: Tensor) -> Tensor:
        known = (tokens[:, None] == shown.tokens[None]).all(dim=-1).any(dim=1, keepdim=True)
        return torch.where(known, rule(tokens), other(tokens))

    return answer


def _shown(domain: Domain, rule: Label, count: int, *, by_orbit: bool = False) -> Rows:
    tokens = domain.everything()
    if by_orbit:
        keys = tokens.sort(dim=1).values @ torch.tensor([P, 1])
        chosen = torch.randperm(P * P, generator=generator("orbits"))[: int(P * P * 0.6)]
        tokens = tokens[torch.isin(keys, chosen)]
    else:
        tokens = tokens[torch.randperm(len(tokens), generator=generator("shown"))[:count]]
    return Rows(tokens=tokens, labels=rule(tokens))


def _score(rule: Label, rows: Rows, domain: Domain) -> float:
    def logits(tokens: Tensor) -> Tensor:
        return F.one_hot(rule(tokens), domain.classes).float()

    found = SwapConsistency().model_score(Hidden("behaviour", logits), rows, domain, Context.seeded("s"))
    assert isinstance(found, float)
    return found


def test_a_commutative_table() -> None:
    rows = _shown(TABLE, _sum, 0, by_orbit=True)
    assert _score(_sum, rows, TABLE) == 1
    assert _score(_memoriser(_sum, rows, TABLE, "m"), rows, TABLE) == pytest.approx(1 / P, abs=0.12)


def test_a_parity_must_flip_for_some_swaps_and_not_for_others() -> None:
    rows = _shown(BITS, _parity, 100)
    assert _score(_parity, rows, BITS) == pytest.approx(1)
    assert _score(_memoriser(_parity, rows, BITS, "m"), rows, BITS) < 0.8
    assert _score(lambda tokens: torch.zeros_like(tokens[:, :1]), rows, BITS) < 0.7  # invariance is not what is asked


def test_null_rows_without_a_rule_tell_two_networks_apart_by_chance_only() -> None:
    rows = _shown(BITS, _table(BITS, "rule"), 100)
    scores = [_score(_memoriser(_table(BITS, "rule"), rows, BITS, f"m{k}"), rows, BITS) for k in range(6)]
    assert max(scores) - min(scores) < 0.1


def test_without_evidence_it_is_plain_invariance() -> None:
    rows = Rows(tokens=torch.tensor([[0, 1], [2, 3], [4, 4]]), labels=torch.tensor([[1], [5], [8]]))
    assert _score(_sum, rows, TABLE) == 1
    assert _score(lambda tokens: tokens[:, :1], rows, TABLE) == 0


def test_reference_exact_counts_over_all_pairs_of_rows() -> None:
    domain = Domain(alphabets=((0, 2), (0, 2), (0, 1, 2), (0, 2), (0, 1, 2)), positions=(3, 4), classes=3)
    tokens = domain.everything()[torch.randperm(72, generator=generator("t"))[:45]]
    rows = Rows(tokens=tokens, labels=torch.randint(3, (45, 2), generator=generator("l")))
    swaps = exchangeable(domain)
    assert swaps == [(0, 1), (0, 3), (1, 3), (2, 4)]
    rates, evidence = shown_consistency(rows, domain, swaps, generator("z"))
    for place, swap in enumerate(swaps):
        equal = []
        for one in range(45):
            mirror = tokens[one].tolist()
            mirror[swap[0]], mirror[swap[1]] = mirror[swap[1]], mirror[swap[0]]
            partners = [other for other in range(45) if other != one and tokens[other].tolist() == mirror]
            equal += [(rows.labels[one] == rows.labels[other]).double() for other in partners]
        assert evidence[place] == len(equal) > 0
        assert rates[place].tolist() == pytest.approx(torch.stack(equal).mean(dim=0).tolist())


def test_reference_the_network_asked_one_input_at_a_time() -> None:
    rule = _table(BITS, "network")
    asked = Hidden("behaviour", lambda tokens: F.one_hot(rule(tokens), 2).float())
    inputs = BITS.everything()[::3]
    swaps = list(combinations(range(8), 2))[::5]
    rates, counts = consistency(asked, inputs, swaps)
    for place, (p, q) in enumerate(swaps):
        moved = [row for row in inputs if row[p] != row[q]]
        kept = [bool((rule(row[None]) == rule(swapped(row[None], (p, q)))).all()) for row in moved]
        assert counts[place] == len(moved)
        assert rates[place].item() == pytest.approx(sum(kept) / len(kept))


def test_one_batch_of_bounded_size_in_the_domain() -> None:
    domain = Domain(alphabets=((0, 1, 2),) * 30 + ((0, 1),), positions=(30,), classes=2)
    tokens = domain.full(300, generator("r"))
    asked = []

    def logits(inputs: Tensor) -> Tensor:
        asked.append(len(inputs))
        assert bool(domain.contains(inputs).all())
        return torch.zeros(len(inputs), 1, 2)

    rows = Rows(tokens=tokens, labels=torch.zeros(300, 1, dtype=torch.int64))
    assert SwapConsistency().model_score(Hidden("behaviour", logits), rows, domain, Context.seeded("s")) == 1
    assert len(asked) == 1
    assert asked[0] <= 2048 + 128


def test_positions_without_a_common_alphabet_are_refused_from_the_domain_alone() -> None:
    domain = Domain(alphabets=((0, 1), (2, 3), (4,), (4,)), positions=(3,), classes=2)
    rows = Rows(tokens=domain.everything(), labels=torch.zeros(4, 1, dtype=torch.int64))
    found = SwapConsistency().model_score(Hidden("data", None), rows, domain, Context.seeded("s"))
    assert isinstance(found, NotApplicable)
