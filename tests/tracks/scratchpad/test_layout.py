import torch

from interpbench.tracks.scratchpad.layout import Layout
from interpbench.tracks.scratchpad.lessons import hints

LAYOUT = Layout(letters=4, terms=5, steps=3, values=6)


def test_a_sequence_reads_hint_input_scratchpad_question() -> None:
    sequence = LAYOUT.sequences(
        torch.tensor([LAYOUT.silent]), torch.tensor([[0, 1, 2, 3, 0]]), torch.tensor([[5, 4, 3]])
    )
    assert sequence.tolist() == [[7, 0, 1, 2, 3, 0, 5, 4, 3, 8]]
    assert sequence[0, LAYOUT.input].tolist() == [0, 1, 2, 3, 0]
    assert sequence[0, LAYOUT.pad].tolist() == [5, 4, 3]
    assert sequence[0, LAYOUT.last] == LAYOUT.question
    assert LAYOUT.length == 10


def test_each_step_is_told_one_place_before_it_stands_and_the_answer_in_its_own() -> None:
    assert LAYOUT.positions == (5, 6, 7, 9)


def test_tokens_of_different_meaning_are_different() -> None:
    special = [LAYOUT.filler, LAYOUT.silent, LAYOUT.question]
    spoken = [LAYOUT.hint(family, answer) for family in (0, 1) for answer in range(6)]
    assert len({*range(6), *special, *spoken}) == 6 + 3 + 12 == LAYOUT.vocabulary == LAYOUT.domain.vocabulary


def test_hints_come_back() -> None:
    answers, families = torch.tensor([3, 5, 0, 2]), torch.tensor([0, 1, -1, 1])
    tokens = hints(LAYOUT, answers, families)
    assert LAYOUT.family(tokens).tolist() == families.tolist()
    assert LAYOUT.hinted(tokens)[families >= 0].tolist() == [3, 5, 2]


def test_the_domain_holds_fillers_and_steps_and_nothing_else_in_the_scratchpad() -> None:
    inputs, silent = torch.zeros(3, 5, dtype=torch.int64), torch.full((3,), LAYOUT.silent)
    pads = torch.tensor([[6, 6, 6], [0, 5, 2], [0, LAYOUT.question, 2]])
    assert LAYOUT.domain.contains(LAYOUT.sequences(silent, inputs, pads)).tolist() == [True, True, False]
    assert LAYOUT.domain.classes == 7
