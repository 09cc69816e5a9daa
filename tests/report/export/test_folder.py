"""Datasets of a run: every unit once, no key, no link from results to questions, and `datasets` reads them offline."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from command_line import interpbench
from safetensors import safe_open
from shared import once

from interpbench.plugins.discovery import find_suite, tasks
from interpbench.report.export.sealed import leaks
from interpbench.run.plan import make_plan
from interpbench.run.questions import public_questions

METHOD = ["--method", "confidence"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, smoke_run: Path) -> Path:
    """The folder of a run of suite `smoke` with one method."""

    def export(folder: Path) -> None:
        shutil.copytree(smoke_run, folder / "store")
        words = ["--suite", "smoke", *METHOD]
        done = interpbench("export", "--hf", str(folder / "hf"), *words, cwd=folder, store=folder / "store")
        assert done.returncode == 0, done.stderr

    return once(tmp_path_factory, "export", export) / "hf"


def test_every_unit_of_the_suite_is_there_once_with_its_tensors(exported: Path) -> None:
    plan = make_plan(find_suite("smoke"), tasks(), [])
    wanted = {question.id for task in plan.tasks for question in public_questions(task)}
    found = pd.concat([pd.read_parquet(path) for path in sorted((exported / "questions").glob("*.parquet"))])
    assert set(found["id"]) == wanted
    assert found["id"].is_unique
    line = found.iloc[0]
    with safe_open(exported / line["file"], "np") as held:
        for tensor in line["tensors"]:
            assert list(tensor["shape"]) == list(held.get_slice(tensor["name"]).get_shape())
            if tensor["integers"] is not None:
                assert list(tensor["integers"]) == held.get_tensor(tensor["name"]).flatten().tolist()
        assert any(name.startswith("subject/") for name in held.keys())  # noqa: SIM118 (no mapping)


def test_no_key_is_in_any_question_and_no_name_that_tells(exported: Path) -> None:
    plan = make_plan(find_suite("smoke"), tasks(), [])
    units = {unit for task in plan.tasks for unit in task.units}
    for path in (exported / "questions").glob("*.parquet"):
        text = path.read_bytes()
        lines = pq.read_table(path).to_pylist()
        for task in plan.tasks:
            for ref in task.refs:
                key = task.task.key(ref).model_dump(mode="json")
                assert all(leaks(json.loads(line["question"]), key) == [] for line in lines)
        assert not any(value in units for line in lines for value in line.values() if isinstance(value, str))
        assert not any(task.name.encode() in text for task in plan.tasks)


def test_no_result_leads_to_a_question(exported: Path) -> None:
    ids = set(pd.read_parquet(next((exported / "questions").glob("*.parquet")))["id"])
    for path in (exported / "results").glob("*.parquet"):
        frame = pd.read_parquet(path)
        assert "units" not in frame.columns
        assert not any(frame[column].astype(str).isin(ids).any() for column in frame.columns)


def test_datasets_loads_it_without_a_network(exported: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from datasets import load_dataset, get_dataset_config_names as names\n"
        "folder = sys.argv[1]; made = names(folder)\n"
        "assert made[0] == 'questions' and 'board' in made, made\n"
        "sizes = {name: {split: len(rows) for split, rows in load_dataset(folder, name).items()} for name in made}\n"
        "assert load_dataset(folder).keys() == sizes['questions'].keys()\n"
        "assert all(size for of in sizes.values() for size in of.values()), sizes\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(exported)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


def test_the_card_says_licence_and_limits(exported: Path) -> None:
    card = (exported / "README.md").read_text()
    assert card.startswith("---\nlicense: apache-2.0\n")
    assert "No key is in them" in card
    assert "development figures" in card
