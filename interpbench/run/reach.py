"""What source a result can depend on: all modules that are reached by imports from where it is made."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import resolve_name
from pathlib import Path

from interpbench.models.names import digest
from interpbench.plugins.discovery import MethodInfo, TaskInfo

FRAMEWORK = "interpbench"
ALONE = ("run.cell", "plugins.method")
"""What runs in every cell and is not followed: what else it imports isolates, lists plug-ins and reads their cards."""
WITH_NETWORK = ("plugins.endpoint",)
"""The same of methods that declare a network."""
IN_CELL = ("tracks.presented", "bundle.folder", "bundle.query")
"""What runs in every cell and is followed."""
OF_TRACK = ("enter", "within", "question")
"""What of a track runs in a cell, or answers its queries. What makes, keys and scores its questions does not count:
what a cell sees of that is in the hash of its bundle."""


def answer_hash(track: str, method: MethodInfo | None) -> str:
    """Hash of the source that answers depend on; without a method, those of the oracle."""
    parts = (*IN_CELL, *(f"tracks.{track}.{part}" for part in OF_TRACK))
    alone = (*ALONE, *(WITH_NETWORK if method is not None and method.card.network else ()))
    return _hash([f"{FRAMEWORK}.{part}" for part in alone] + _reached_with(parts, method))


def task_hash(task: TaskInfo) -> str:
    """Hash of the source that makes a task's questions and keys, and judges answers to them."""
    return _hash(_reached_with((f"tracks.{task.track}.track",), task))


def reached(starts: Iterable[str]) -> list[str]:
    """Modules that can be imported from some others, these included, sorted; of the packages of these alone.

    Imports are read, not run, those inside of functions too; what is imported by a computed name is not seen.

    Args:
        starts: full names of modules.
    """
    waiting, found = list(starts), set[str]()
    packages = {_top(name) for name in waiting}
    while waiting:
        name = waiting.pop()
        if _top(name) in packages and name not in found and _file(name) is not None:
            found.add(name)
            waiting += _behind(name)
    return sorted(found)


def _reached_with(parts: Iterable[str], plugin: MethodInfo | TaskInfo | None) -> list[str]:
    """From parts of the framework, and from a plug-in: its module, or what its loose files import.

    What a plug-in is called and to which family it belongs decides no answer: `interpbench.plugins` is left out.
    """
    starts = [f"{FRAMEWORK}.{part}" for part in parts]
    if plugin is not None and plugin.module is not None and _file(plugin.module) is not None:
        starts.append(plugin.module)
    elif plugin is not None:
        folder = plugin.source.name == "__init__.py"
        files = sorted(plugin.source.parent.rglob("*.py")) if folder else [plugin.source]
        named = [name for file in files for name in _imported(file, None)]
        starts += [name for name in named if _top(name) == FRAMEWORK]
    return [name for name in reached(starts) if not name.startswith(f"{FRAMEWORK}.plugins")]


def _hash(names: Iterable[str]) -> str:
    return digest([[name, _content(name)] for name in names])


@cache
def _behind(name: str) -> list[str]:
    """The packages that a module lies in, and what it imports itself."""
    file = _file(name)
    assert file is not None
    parents = name.split(".")[:-1]
    package = name if file.name == "__init__.py" else ".".join(parents)
    return [*(".".join(parents[: end + 1]) for end in range(len(parents))), *_imported(file, package)]


def _imported(file: Path, package: str | None) -> Iterator[str]:
    """What a file names in imports: modules, and things in modules.

    Args:
        file: Python source.
        package: that it lies in; None leaves its relative imports out.
    """
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError:
        return  # importing it fails, and says where
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (package is not None or not node.level):
            base = node.module or ""
            if node.level:
                base = resolve_name("." * node.level + base, package)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _top(name: str) -> str:
    return name.partition(".")[0]


@cache
def _file(name: str) -> Path | None:
    """The source of a module; None where there is none of that name on the path."""
    top, *inner = name.split(".")
    spec = PathFinder.find_spec(top)
    if spec is None:
        return None
    if not spec.submodule_search_locations:
        return Path(spec.origin) if spec.origin and not inner else None
    path = Path(next(iter(spec.submodule_search_locations))).joinpath(*inner)
    places = (path / "__init__.py", path.with_suffix(".py")) if inner else (path / "__init__.py",)
    return next((place for place in places if place.is_file()), None)


@cache
def _content(name: str) -> str:
    file = _file(name)
    assert file is not None
    return hashlib.sha256(file.read_bytes()).hexdigest()
