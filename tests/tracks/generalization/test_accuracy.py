import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score

from interpbench.tracks.generalization.accuracy import balanced_accuracy

labels_of = st.lists(st.integers(0, 4), min_size=1, max_size=40)


def every(n: int) -> torch.Tensor:
    return torch.ones(n, dtype=torch.bool)


@given(labels_of)
def test_oracle_is_one_and_always_wrong_is_zero(labels: list[int]) -> None:
    column = torch.tensor(labels)[:, None]
    assert balanced_accuracy(every(len(labels)), column, every(len(labels))) == 1
    assert balanced_accuracy(~every(len(labels)), column, every(len(labels))) == 0


@given(labels_of)
def test_null_a_constant_answer_gets_one_over_the_classes_however_unbalanced(labels: list[int]) -> None:
    column = torch.tensor(labels)[:, None]
    right = column[:, 0] == labels[0]
    assert balanced_accuracy(right, column, every(len(labels))) == pytest.approx(1 / len(set(labels)))


@given(labels_of, st.data())
def test_direction_one_more_right_never_hurts(labels: list[int], data: st.DataObject) -> None:
    right = torch.tensor(data.draw(st.lists(st.booleans(), min_size=len(labels), max_size=len(labels))))
    better = right.clone()
    better[data.draw(st.integers(0, len(labels) - 1))] = True
    column = torch.tensor(labels)[:, None]
    mask = every(len(labels))
    gain = balanced_accuracy(better, column, mask) - balanced_accuracy(right, column, mask)
    assert gain > 0 if bool((better & ~right).any()) else gain == 0


@pytest.mark.filterwarnings("ignore:A single label", "ignore:y_pred contains")
@given(labels_of, st.integers(0, 2**31))
def test_reference_scikit_learn(labels: list[int], seed: int) -> None:
    want = torch.tensor(labels)
    said = torch.where(torch.rand(len(want), generator=torch.Generator().manual_seed(seed)) < 0.5, want, (want + 1) % 5)
    got = balanced_accuracy(said == want, want[:, None], every(len(want)))
    assert got == pytest.approx(balanced_accuracy_score(want.numpy(), said.numpy()))


def test_rows_outside_the_mask_do_not_count() -> None:
    labels = torch.tensor([[0], [0], [1], [2]])
    mask = torch.tensor([True, False, True, False])
    assert balanced_accuracy(torch.tensor([True, False, True, False]), labels, mask) == 1
    assert balanced_accuracy(torch.tensor([False, True, True, True]), labels, mask) == 0.5


def test_a_sequence_counts_as_a_whole_and_is_not_balanced() -> None:
    labels = torch.tensor([[0, 0], [0, 0], [0, 0], [1, 1]])
    assert balanced_accuracy(torch.tensor([True, True, True, False]), labels, every(4)) == 0.75


def test_over_no_rows_there_is_no_accuracy() -> None:
    with pytest.raises(ValueError, match="accuracy over no rows"):
        balanced_accuracy(every(3), torch.zeros(3, 1, dtype=torch.int64), ~every(3))
