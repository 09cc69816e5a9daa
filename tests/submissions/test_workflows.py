"""Workflows run nobody's code but ours, with as few rights as each job needs."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOWS = sorted((Path(__file__).parents[2] / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"actions/[a-z-]+@[0-9a-f]{40}")
WRITES = {("submission", "comment", "pull-requests"), ("pages", "publish", "pages"), ("pages", "publish", "id-token")}
"""Workflow, job (none: all of them) and what it may write."""


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def written(permissions: dict[str, str]) -> list[str]:
    return [what for what, right in permissions.items() if right == "write"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_named_by_commits(path: Path) -> None:
    steps = [step for job in read(path)["jobs"].values() for step in job["steps"] if "uses" in step]
    assert steps
    assert [step["uses"] for step in steps if not PINNED.fullmatch(step["uses"])] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_token_stays_with_what_is_checked_out(path: Path) -> None:
    steps = [step for job in read(path)["jobs"].values() for step in job["steps"]]
    checked_out = [step for step in steps if "actions/checkout" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checked_out)


def test_rights_to_write_are_those_that_are_listed() -> None:
    found = set()
    for path in WORKFLOWS:
        workflow = read(path)
        found |= {(path.stem, "", what) for what in written(workflow["permissions"])}
        for name, job in workflow["jobs"].items():
            found |= {(path.stem, name, what) for what in written(job.get("permissions", {}))}
    assert found == WRITES


def test_no_workflow_has_a_secret() -> None:
    assert not [path.name for path in WORKFLOWS if "secrets." in path.read_text()]
