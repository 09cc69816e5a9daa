"""The identity of a task's zoo: what keys and questions depend on beside code."""

import hashlib

from interpbench.plugins.discovery import TaskInfo


def zoo_hash(info: TaskInfo) -> str:
    """Hash of the manifest (which holds the hash of the weights) and of the task's own source."""
    state = hashlib.sha256()
    for path in (*sorted(info.folder.glob("*.py")), info.zoo / "zoo.json"):
        if path.exists():
            state.update(path.read_bytes())
    return state.hexdigest()


def manifest_hash(info: TaskInfo) -> str:
    """Hash of the zoo's manifest alone, which holds the hash of the weights; empty where a task has no zoo."""
    path = info.zoo / "zoo.json"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
