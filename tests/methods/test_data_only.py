import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from interpbench.models.data import Domain, Rows
from interpbench.models.names import generator
from interpbench.models.subject import Hidden
from interpbench.tracks.context import Context, NotApplicable
from interpbench_methods.data_only import DataOnly
from interpbench_methods.data_only.learners import predictions

BITS = Domain(alphabets=((0, 1),) * 9, positions=(8,), classes=2)
LETTERS = Domain(alphabets=((0, 1, 2), (3,), (0, 2, 4), (0, 1, 2, 3, 4)), positions=(2, 3), classes=5)
LEARNERS = ("tree", "neighbours")


def _score(learner: str, rows: Rows, domain: Domain, seed: str = "d") -> float:
    method = DataOnly(learner=learner)
    ctx = Context.seeded("model")
    ctx.study = method.study(rows, domain, Context.seeded(seed))
    found = method.model_score(Hidden("data", None), rows, domain, ctx)
    assert isinstance(found, float)
    return found


def _majority() -> Rows:
    tokens = BITS.everything()
    return Rows(tokens=tokens, labels=(tokens.sum(dim=1, keepdim=True) > 4).long())


def _random(domain: Domain, answers: int = 1) -> Rows:
    tokens = domain.everything()
    return Rows(tokens=tokens, labels=torch.randint(domain.classes, (len(tokens), answers), generator=generator("n")))


@pytest.mark.parametrize("learner", LEARNERS)
def test_a_rule_is_learnt_and_random_labels_are_not(learner: str) -> None:
    assert _score(learner, _majority(), BITS) > 0.68
    assert _score(learner, _random(BITS), BITS) == pytest.approx(0.5, abs=0.08)
    assert _score(learner, _random(BITS, answers=3), BITS) == pytest.approx(0.5, abs=0.06)


def test_a_rule_is_learnt_from_copies_of_its_rows() -> None:
    tokens = LETTERS.everything().repeat(8, 1)  # so that each half holds nearly every input
    labels = torch.stack([(tokens[:, 0] + tokens[:, 2]) % 5, tokens[:, 3]], dim=1)
    assert _score("tree", Rows(tokens=tokens, labels=labels), LETTERS) > 0.95


def test_a_parity_is_beyond_both() -> None:
    tokens = BITS.everything()
    rows = Rows(tokens=tokens, labels=tokens.sum(dim=1, keepdim=True) % 2)
    assert all(_score(learner, rows, BITS) < 0.55 for learner in LEARNERS)


@pytest.mark.parametrize("answers", [1, 2])
def test_reference_scikit_learn_by_hand(answers: int) -> None:
    rows = _random(LETTERS, answers)
    onehot = torch.zeros(len(rows), 4, 5)
    for row, tokens in enumerate(rows.tokens.tolist()):
        for place, token in enumerate(tokens):
            onehot[row, place, token] = 1
    x, y = onehot.flatten(1).numpy(), rows.labels.numpy()
    fitted, held = slice(0, 30), slice(30, None)
    tree = DecisionTreeClassifier(random_state=3).fit(x[fitted], y[fitted]).predict(x[held])
    nearest = KNeighborsClassifier(5, algorithm="kd_tree").fit(x[fitted], y[fitted].squeeze()).predict(x[held])
    for learner, expected in (("tree", tree), ("neighbours", nearest)):
        found = predictions(learner, rows[fitted], rows.tokens[held], LETTERS, seed=3)
        assert found.shape == (15, answers)
        assert found.flatten().tolist() == expected.flatten().tolist()


def test_every_row_is_predicted_once_by_rows_that_do_not_hold_it() -> None:
    """Labels are unique, so that no learner can be right unless it has seen the row."""
    tokens = BITS.everything()[:41]
    labels = torch.arange(41)[:, None]
    for learner in LEARNERS:
        assert _score(learner, Rows(tokens=tokens, labels=labels), BITS) == 0


def test_few_rows() -> None:
    two = Rows(tokens=BITS.everything()[:2], labels=torch.ones(2, 1).long())
    assert [_score(learner, two, BITS) for learner in LEARNERS] == [1, 1]
    one = two[:1]
    method = DataOnly(learner="tree")
    assert method.study(one, BITS, Context.seeded("d")) == {}
    assert isinstance(method.model_score(Hidden("data", None), one, BITS, Context.seeded("d")), NotApplicable)


def test_networks_that_share_rows_tie_whatever_their_seed() -> None:
    method, rows = DataOnly(learner="tree"), _majority()
    study = method.study(rows, BITS, Context.seeded("study"))
    scores = set()
    for unit in ("a", "b"):
        ctx = Context.seeded(unit)
        ctx.study = study
        scores.add(method.model_score(Hidden("data", None), rows, BITS, ctx))
    assert len(scores) == 1


def test_a_learner_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="did you mean 'tree'"):
        DataOnly(learner="trees")
