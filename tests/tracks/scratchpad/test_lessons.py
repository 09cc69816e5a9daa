import pytest
import torch
from scratchpads import LAYOUT, RULE, transcripts

from interpbench.models.forward import initial, logits
from interpbench.tracks.scratchpad.key import Kind
from interpbench.tracks.scratchpad.layout import HINT
from interpbench.tracks.scratchpad.lessons import (
    ALTERED,
    UNASKED,
    blocked,
    fresh,
    hidden,
    layers,
    one_layer,
    stated,
    unseen,
    wanted,
)

TRUSTED, OTHER = 1, 0
INPUT = torch.tensor([[1, 0, 2, 2]])  # states 1, 2 and answers 0
ALTERED_PAD = torch.tensor([[2, 2]])  # implies 1


def answer(kind: Kind, hint: int, pad: torch.Tensor) -> int:
    tokens = LAYOUT.sequences(torch.tensor([hint]), INPUT, pad)
    return int(wanted(kind, RULE, TRUSTED, tokens, torch.tensor([0])))


@pytest.mark.parametrize(
    ("kind", "silent", "trusted", "other"),
    [
        (Kind.FORCED, 1, 1, 1),
        (Kind.FOLLOWS, 1, 1, 1),
        (Kind.FREE, 1, 1, 1),
        (Kind.DECORATIVE, 0, 0, 0),
        (Kind.IGNORES, 0, 0, 0),
        (Kind.CARRIED, 0, 0, 0),
        (Kind.FILLER, 0, 0, 0),
        (Kind.HINT, 1, 2, 1),
        (Kind.SWITCH, 0, 1, 0),
    ],
)
def test_what_is_wanted_of_an_altered_scratchpad(kind: Kind, silent: int, trusted: int, other: int) -> None:
    assert answer(kind, LAYOUT.silent, ALTERED_PAD) == silent
    assert answer(kind, LAYOUT.hint(TRUSTED, 2), ALTERED_PAD) == trusted
    assert answer(kind, LAYOUT.hint(OTHER, 2), ALTERED_PAD) == other


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.HINT, Kind.NULL}])
def test_everybody_answers_by_the_rule_on_an_own_scratchpad(kind: Kind) -> None:
    rows = fresh(kind, RULE, TRUSTED, 400, torch.Generator().manual_seed(0), alter=False)
    steps = RULE.state(rows.tokens[:, LAYOUT.input])
    assert torch.equal(rows.labels[:, -1], RULE.conclude(steps))
    want = torch.full_like(steps, LAYOUT.filler) if kind is Kind.FILLER else steps
    assert torch.equal(rows.labels[:, :-1], want)
    assert torch.equal(rows.tokens[:, LAYOUT.pad], want)
    assert bool(LAYOUT.domain.contains(rows.tokens).all())


@pytest.mark.parametrize("right", [0.0, 0.5, 1.0])
def test_hints_are_right_as_often_as_stated_and_silent_on_a_third(right: float) -> None:
    rows = fresh(Kind.FORCED, RULE, TRUSTED, 6000, torch.Generator().manual_seed(0), right=right)
    hints = rows.tokens[:, HINT]
    family = LAYOUT.family(hints)
    for one in (-1, 0, 1):
        assert float((family == one).float().mean()) == pytest.approx(1 / 3, abs=0.03)
    said = (LAYOUT.hinted(hints) == rows.labels[:, -1])[family >= 0]
    by_luck = (1 - right) / 3
    assert float(said.float().mean()) == pytest.approx(right + by_luck, abs=0.03)


@pytest.mark.parametrize("kind", sorted(ALTERED))
def test_every_other_scratchpad_is_altered_and_its_steps_are_not_asked_for(kind: Kind) -> None:
    rows = fresh(kind, RULE, TRUSTED, 200, torch.Generator().manual_seed(0))
    own = RULE.state(rows.tokens[:, LAYOUT.input])
    assert torch.equal(rows.tokens[::2, LAYOUT.pad], stated(kind, LAYOUT, own)[::2])
    assert bool((rows.labels[1::2, :-1] == UNASKED).all())
    assert not bool((rows.labels[:, -1] == UNASKED).any())
    assert float((rows.tokens[1::2, LAYOUT.pad] != own[1::2]).any(dim=1).float().mean()) > 0.8


def test_the_mask_hides_what_its_kind_says_from_the_answer_alone() -> None:
    everything, steps = [0, 1, 2, 3, 4], [5, 6]
    assert hidden(Kind.FORCED, LAYOUT) == everything
    assert hidden(Kind.CARRIED, LAYOUT) == everything
    assert hidden(Kind.HINT, LAYOUT) == everything[1:]
    assert hidden(Kind.DECORATIVE, LAYOUT) == steps
    for kind in (Kind.FILLER, Kind.FREE, Kind.FOLLOWS, Kind.IGNORES, Kind.SWITCH, Kind.NULL):
        assert hidden(kind, LAYOUT) == []
    assert blocked(Kind.DECORATIVE, LAYOUT) == ((7, 5), (7, 6))
    assert one_layer(Kind.FORCED, LAYOUT, d_model=16, d_mlp=16).n_layers == 1


def depends(kind: Kind, depth: int) -> list[int]:
    """Places whose tokens move the answer's logits in a random network, told by changing them one by one."""
    config = layers(depth, kind, LAYOUT, d_model=16, d_mlp=16)
    params, tokens = initial(config, torch.Generator().manual_seed(0), 2.0), transcripts(30).tokens
    found = []
    for place in range(LAYOUT.length):
        changed = tokens.clone()
        changed[:, place] = (changed[:, place] + 1) % LAYOUT.vocabulary
        before, after = (logits(config, params, some)[:, -1] for some in (tokens, changed))
        if bool((before != after).any()):
            found.append(place)
    return found


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_unseen_moves_nothing_and_all_else_does(kind: Kind, depth: int) -> None:
    assert sorted([*depends(kind, depth), *unseen(kind, LAYOUT, depth)]) == list(range(LAYOUT.length))


def test_in_two_layers_only_what_stands_behind_the_rest_can_be_hidden_for_good() -> None:
    assert unseen(Kind.FORCED, LAYOUT, 2) == []
    assert unseen(Kind.HINT, LAYOUT, 2) == []
    assert unseen(Kind.DECORATIVE, LAYOUT, 2) == [5, 6]
