"""What a pull request changes: the workflow's own listing of it, and what the gate lets through."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from interpbench.submissions.archive import SubmissionError
from interpbench.submissions.changes import changed_elsewhere

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "submission.yml"
NEW = Path("leaderboard/submissions/new-team")


def workflow() -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(WORKFLOW.read_text())
    return found


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def proposed(tmp_path: Path) -> Path:
    """A repository with a merged submission and a workflow; its main goes on after a pull request has branched off."""
    folder = tmp_path / "proposed"
    for name in (
        ".github/workflows/submission.yml",
        "interpbench/skill.py",
        "leaderboard/README.md",
        "leaderboard/submissions/old-team/summary.json",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name}\n" * 20)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "base")
    git(folder, "checkout", "--quiet", "-b", "change")
    git(folder, "checkout", "--quiet", "main")
    (folder / "later.py").write_text("main went on\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "later")
    git(folder, "checkout", "--quiet", "change")
    return folder


def add_submission(folder: Path) -> None:
    (folder / NEW).mkdir(parents=True)
    (folder / NEW / "bundle.ibz").write_bytes(b"bundle")
    (folder / NEW / "summary.json").write_text("{}")


def listed(folder: Path) -> subprocess.CompletedProcess[str]:
    """Merges the change into main, as the host of a repository does, and runs the workflow's own step on it."""
    git(folder, "add", "--force", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "change")
    head = git(folder, "rev-parse", "HEAD")
    git(folder, "checkout", "--quiet", "--detach", "main")
    git(folder, "merge", "--quiet", "--no-ff", "-m", "merge", "change")
    (step,) = (step for step in workflow()["jobs"]["check"]["steps"] if step.get("id") == "changes")
    return ran(step["run"], folder, head)


def ran(script: str, folder: Path, head: str) -> subprocess.CompletedProcess[str]:
    where = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder.parent), "PROPOSED": head}
    return subprocess.run(["bash", "-c", script], cwd=folder, env=where, capture_output=True, text=True, check=False)


def told(folder: Path) -> str:
    done = listed(folder)
    assert done.returncode == 0, done.stderr
    return "\n".join(map(str, changed_elsewhere((folder.parent / "changes").read_bytes(), "changes")))


def test_a_pull_request_that_adds_one_folder_passes_though_main_went_on(proposed: Path) -> None:
    add_submission(proposed)
    assert told(proposed) == ""
    assert (proposed.parent / "base" / "later.py").exists()  # the boards of the base are those of now
    assert not (proposed.parent / "base" / NEW).exists()


def moved_here(name: str) -> Callable[[Path], Any]:
    def move(folder: Path) -> None:
        (folder / NEW).mkdir(parents=True, exist_ok=True)
        git(folder, "mv", name, str(NEW / "summary.json"))

    return move


def linked(folder: Path) -> None:
    add_submission(folder)
    (folder / NEW / "summary.json").unlink()
    (folder / NEW / "summary.json").symlink_to("../old-team/summary.json")


def submodule(folder: Path) -> None:
    add_submission(folder)
    commit = git(folder, "rev-parse", "HEAD")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{commit},{NEW}/code")
    (folder / NEW / "code").mkdir()


def executable(folder: Path) -> None:
    add_submission(folder)
    (folder / NEW / "bundle.ibz").chmod(0o755)


def written(name: str) -> Callable[[Path], Any]:
    def write(folder: Path) -> None:
        add_submission(folder)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine")

    return write


ATTACKS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "the-workflow-moved-here": (
        moved_here(".github/workflows/submission.yml"),
        ".github/workflows/submission.yml: is removed by this pull request",
    ),
    "code-moved-here": (moved_here("interpbench/skill.py"), "interpbench/skill.py: is removed by this pull request"),
    "code-changed": (written("interpbench/skill.py"), "interpbench/skill.py: is changed by this pull request"),
    "code-added": (written("setup.py"), "setup.py: is added by this pull request"),
    "a-page-changed": (written("leaderboard/README.md"), "leaderboard/README.md: is changed by this pull request"),
    "attributes": (written("leaderboard/.gitattributes"), "leaderboard/.gitattributes: is added by"),
    "attributes-of-its-own": (written(f"{NEW}/.gitattributes"), f"{NEW}/.gitattributes: is added by"),
    "a-readme": (written(f"{NEW}/README.md"), f"{NEW}/README.md: is added by"),
    "deeper": (written(f"{NEW}/more/summary.json"), "more/summary.json: is added by"),
    "a-strange-name": (written("leaderboard/submissions/Odd Team\n/summary.json"), "is no part of a submission"),
    "anothers-changed": (written("leaderboard/submissions/old-team/summary.json"), "old-team/summary.json: is changed"),
    "a-link": (linked, f"{NEW}/summary.json: has mode 120000"),
    "a-submodule": (submodule, f"{NEW}/code: is added by"),
    "a-program": (executable, f"{NEW}/bundle.ibz: has mode 100755"),
    "nothing": (lambda folder: None, "lists no change"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_whatever_else_a_pull_request_does_is_named(name: str, proposed: Path) -> None:
    attack, sentence = ATTACKS[name]
    attack(proposed)
    assert sentence in told(proposed)


def test_a_merge_of_another_commit_and_no_merge_at_all_are_refused(proposed: Path) -> None:
    add_submission(proposed)
    assert listed(proposed).returncode == 0
    (step,) = (step for step in workflow()["jobs"]["check"]["steps"] if step.get("id") == "changes")
    for commit in ("HEAD", "HEAD^1"):  # the first is the merge, whose second parent is not this; the second is no merge
        git(proposed, "checkout", "--quiet", "--detach", commit)
        done = ran(step["run"], proposed, "0" * 40)
        assert done.returncode == 1
        assert "the merge is of another commit" in done.stdout


def test_a_listing_that_git_could_not_write_ends_the_step(proposed: Path) -> None:
    add_submission(proposed)
    (proposed.parent / "changes").mkdir()  # so that it cannot be written
    assert listed(proposed).returncode != 0


@pytest.mark.parametrize("listing", [b"M\0setup.py\0", b":000000 100644 0 1 A\0setup.py", b"hello", b":0 A\0x\0"])
def test_what_is_no_listing_is_an_error(listing: bytes) -> None:
    with pytest.raises(SubmissionError, match=r"changes: .*wanted what `git diff-tree"):
        list(changed_elsewhere(listing, "changes"))


def test_the_workflow_gives_strangers_no_code_no_secret_and_no_shell() -> None:
    found = workflow()
    assert list(found[True]) == ["pull_request_target"]  # `on` is true in YAML 1.1
    assert found["permissions"] == {}
    check, comment = found["jobs"]["check"], found["jobs"]["comment"]
    assert check["permissions"] == {"contents": "read"}
    assert comment["permissions"] == {"pull-requests": "write"}
    assert not [step for step in comment["steps"] if "checkout" in step.get("uses", "")]
    for job in (check, comment):
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
    tools, proposed = (step["with"] for step in check["steps"] if "checkout" in step.get("uses", ""))
    assert "ref" not in tools  # that is the base branch
    assert proposed["path"] == "proposed"
    assert "secrets" not in WORKFLOW.read_text()
    assert not [step for step in check["steps"] if "pip" in step.get("run", "") and "proposed" in step["run"]]
