"""Where a result comes from: versions, commit, machine; and the hashes that decide whether an answer is still good."""

import hashlib
import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

import interpbench
from interpbench.models.names import digest

PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "transformer-lens", "safetensors", "pydantic")
"""Packages whose version can change an answer."""


class Provenance(BaseModel):
    """Written with every result."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    interpbench: str
    commit: str
    dirty: bool | None
    python: str
    packages: dict[str, str]
    machine: str
    isolation: str


def versions(names: tuple[str, ...]) -> dict[str, str]:
    """Installed versions of packages; `absent` where there is none."""
    out = {}
    for name in names:
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            out[name] = "absent"
    return out


@cache
def packages() -> dict[str, str]:
    """Installed versions of the packages that matter."""
    return versions(PACKAGES)


@cache
def _commit() -> tuple[str, bool | None]:
    """Commit and whether the tree differs from it; unknown outside a checkout."""
    folder = Path(interpbench.__file__).parent
    try:
        head = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=True
        )
        status = subprocess.run(
            ["git", "-C", str(folder), "status", "--porcelain", "--untracked-files=no"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown", None
    return head.stdout.strip(), bool(status.stdout.strip())


def provenance(isolation: str) -> Provenance:
    """Of a run on this machine, now."""
    commit, dirty = _commit()
    return Provenance(
        interpbench=interpbench.__version__,
        commit=commit,
        dirty=dirty,
        python=platform.python_version(),
        packages=packages(),
        machine=f"{platform.system()} {platform.machine()}",
        isolation=isolation,
    )


@cache
def score_hash() -> str:
    """Hash of the source that a board depends on, beside its judged cells."""
    return _source_hash(("score", "toolkit/metrics", "tracks"))


def _source_hash(parts: tuple[str, ...]) -> str:
    """Hash of the framework's files below some folders."""
    root = Path(interpbench.__file__).parent
    files = [
        file
        for part in parts
        for file in (sorted((root / part).rglob("*.py")) if (root / part).is_dir() else [root / part])
    ]
    named = {str(file.relative_to(root)): file for file in files}
    return digest([[name, hashlib.sha256(file.read_bytes()).hexdigest()] for name, file in sorted(named.items())])


@cache
def environment() -> dict[str, str]:
    """What of the machine an answer can depend on."""
    return {
        "python": ".".join(map(str, sys.version_info[:2])),
        "architecture": platform.machine(),
        "device": "cpu",
        "dtype": "float32",
        "packages": digest(packages()),
    }
