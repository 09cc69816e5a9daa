import pytest
import torch

from interpbench.models.data import Domain, Rows
from interpbench.models.subject import Subject
from interpbench.tracks.context import Context
from interpbench.tracks.generalization.enter import EntersGeneralization, has_study


class Plain(EntersGeneralization):
    def model_score(self, subject: Subject, rows: Rows, domain: Domain, ctx: Context) -> float:
        return 0.0


class Studious(Plain):
    def study(self, rows: Rows, domain: Domain, ctx: Context) -> dict[str, torch.Tensor]:
        return {"n": torch.tensor(len(rows))}


def test_a_study_is_what_a_method_defines() -> None:
    assert not has_study(Plain)
    assert not has_study(Plain())
    assert has_study(Studious)
    assert has_study(Studious())


def test_without_one_nothing_is_learnt() -> None:
    rows = Rows(tokens=torch.zeros(1, 1, dtype=torch.int64), labels=torch.zeros(1, 1, dtype=torch.int64))
    assert Plain().study(rows, Domain(alphabets=((0,),), positions=(0,), classes=2), Context.seeded("x")) == {}


def test_who_defines_no_score_does_not_enter() -> None:
    class Empty(EntersGeneralization):
        pass

    with pytest.raises(TypeError, match=r"abstract method '?model_score'?"):
        Empty()  # type: ignore[abstract]
