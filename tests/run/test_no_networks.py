"""A task that draws its worlds from names: nothing to train, nothing to pack, and keys to re-derive all the same."""

from pathlib import Path

import pytest

from interpbench.plugins.contract.tasks import check_task
from interpbench.plugins.discovery import TaskInfo, read_task
from interpbench.run.store import Store
from interpbench.run.zoo import build, trainings, verify
from interpbench.run.zoo_hash import zoo_hash

TASK = '''
"""Two worlds of a few directions."""

from typing import final

import numpy as np

from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.toy import Drawn, Plan, ToyTask


@final
class TinyTask(ToyTask):
    """Sparse sums."""

    name = "tiny"
    version = "1.0"
    kind = Kind.SUPERPOSITION

    def plans(self, size):
        return [Plan(design="one", number=0), Plan(design="one", number=0, null=True)]

    def draw(self, plan):
        rng = self.rng(plan, "all")
        directions = rng.standard_normal((8, 5))
        codes = (rng.random((400, 8)).argsort(axis=1) < 2) * rng.uniform(1, 2, (400, 8))
        return Drawn(
            shown=codes[:300] @ directions,
            asked=codes[300:] @ directions,
            planted=codes[{first}:][:100],
            directions=directions,
            size=8,
            active=2,
        )
'''
CARD = "title: Tiny\nquestion: Which?\nsizes: [quick]\nnetworks: {networks}\n"


def task(folder: Path, first: int = 300, networks: str = "false") -> TaskInfo:
    (folder / "__init__.py").write_text(TASK.replace("{first}", str(first)))
    (folder / "task.yaml").write_text(CARD.format(networks=networks))
    return read_task(folder, "features")


def test_there_is_nothing_to_train_and_no_zoo_is_written(tmp_path: Path) -> None:
    info = task(tmp_path)
    assert trainings(info) == []
    assert build([info], Store(tmp_path / "store"), 1, lambda outcome, total: None) == {}
    assert not (tmp_path / "zoo.json").exists()
    assert zoo_hash(info) != zoo_hash(task(tmp_path, first=200))


def test_its_keys_are_re_derived(tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    assert verify(task(tmp_path), {"quick": "s"}, lambda *counts: done.append(counts)) == []
    assert done == [(1, 2), (2, 2)]
    assert check_task(task(tmp_path)) == []


@pytest.mark.parametrize("check", [lambda info: verify(info, {"quick": "s"}, lambda *_: None), check_task])
def test_control_a_world_that_is_not_what_it_plants_is_found(tmp_path: Path, check: object) -> None:
    problems = [str(problem) for problem in check(task(tmp_path, first=200))]  # type: ignore[operator]
    assert any("planted variables explain" in problem for problem in problems)


def test_a_task_that_has_networks_must_say_which(tmp_path: Path) -> None:
    assert any("is empty" in str(problem) for problem in check_task(task(tmp_path, networks="true")))
