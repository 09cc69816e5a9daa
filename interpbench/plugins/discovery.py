"""Finding plug-ins without importing them: entry points, folders and loose files, read with `ast`."""

import ast
import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from pathlib import Path, PurePath
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from interpbench.bundle.tier import Tier
from interpbench.models.names import digest
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import MethodCard, PluginError, Suite, TaskCard, folders, nearest, read_yaml
from interpbench.tracks.registry import TRACKS

if TYPE_CHECKING:
    from interpbench.plugins.method import Method
    from interpbench.plugins.task import Task

METHODS = "interpbench.methods"
TASKS = "interpbench.tasks"
_SALTS: dict[str, str | None] = {}
"""Task -> salt under which this process has loaded it."""
ZOOS = "INTERPBENCH_ZOOS"
"""Environment variable: a folder with a zoo for each task, `TRACK/TASK/zoo.json`, instead of those that ship."""


@dataclass(frozen=True, kw_only=True)
class MethodInfo:
    """A method as listing sees it, from its source and `method.yaml`; its code has not run."""

    name: str
    family: Family
    version: str
    tier: Tier
    tracks: tuple[str, ...]
    class_name: str
    source: Path
    """Its `__init__.py` or loose file."""
    module: str | None
    """Importable name, for installed ones."""
    card: MethodCard
    summary: str
    studies: bool = False
    capped: bool = True
    """Whether it keeps to what its track grants (`EntersCircuits.capped`)."""

    @property
    def folder(self) -> Path:
        """What belongs to the plug-in: its folder, or the loose file."""
        return self.source.parent if self.source.name == "__init__.py" else self.source

    @property
    def card_path(self) -> Path:
        """Where its `method.yaml` is, or would be."""
        return (
            self.source.parent / "method.yaml"
            if self.source.name == "__init__.py"
            else self.source.with_suffix(".yaml")
        )

    @cached_property
    def source_hash(self) -> str:
        """Hash of its code and data, when it was first asked for."""
        return source_hash(self.source)

    def row(self, variant: str) -> str:
        """Name of a variant on the board."""
        return f"{self.name}/{variant}" if variant else self.name


def source_hash(source: Path) -> str:
    """Hash of a plug-in's code and data, as they are now; cards and texts, which no answer depends on, do not count.

    Args:
        source: its `__init__.py` (then its whole folder counts) or loose file.
    """
    files = [source]
    if source.name == "__init__.py":
        found = [(file.relative_to(source.parent), file) for file in sorted(source.parent.rglob("*"))]
        files = [file for name, file in found if counts(name) and file.is_file()]
    return digest(
        [[str(file.relative_to(source.parent)), hashlib.sha256(file.read_bytes()).hexdigest()] for file in files]
    )


def counts(name: PurePath) -> bool:
    """Whether a file of a plug-in belongs to its hash, by its path in the plug-in's folder."""
    hidden = any(part.startswith((".", "__pycache__")) for part in name.parts)
    return not hidden and name.suffix not in {".md", ".yaml", ".pyc"}


@dataclass(frozen=True, kw_only=True)
class TaskInfo:
    """A task as listing sees it."""

    name: str
    """`track/task`."""
    version: str
    class_name: str
    source: Path
    module: str | None
    card: TaskCard

    @property
    def track(self) -> str:
        """First part of the name."""
        return self.name.partition("/")[0]

    @property
    def folder(self) -> Path:
        """Where card and source are."""
        return self.source.parent

    @property
    def zoo(self) -> Path:
        """Where its networks are: beside the source, or below the folder that `INTERPBENCH_ZOOS` names."""
        elsewhere = os.environ.get(ZOOS)
        return Path(elsewhere) / self.name if elsewhere else self.folder

    @property
    def lacking(self) -> str:
        """Why it cannot be asked about here, as a sentence; empty if all packages that it requires are installed."""
        absent = [name for name in self.card.requires if not _installed(name)]
        if not absent:
            return ""
        return f"{self.name} needs {', '.join(absent)}: not installed; {self.folder / 'README.md'} says how"


def _installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


def _plugin_folders(group: str) -> Iterator[tuple[str, Path | None]]:
    """(module name, file) of each package or module named by an entry point; None where that is not installed."""
    for entry in sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value)):
        yield entry.value, _origin(entry.value)


def _origin(module: str) -> Path | None:
    """The file of a module; `find_spec` of a dotted name would import the packages above it."""
    top, *inner = module.split(".")
    spec = importlib.util.find_spec(top)
    for name in inner:
        if spec is None:
            break
        spec = PathFinder.find_spec(f"{spec.name}.{name}", spec.submodule_search_locations)
    return Path(spec.origin) if spec is not None and spec.origin is not None else None


def _class_of(source: Path, base: str) -> tuple[ast.ClassDef, ast.Module]:
    """The one plug-in class in a file."""
    try:
        tree = ast.parse(source.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise PluginError(f"{source}:{error.lineno}: not Python: {error.msg}") from error
    except OSError as error:
        raise PluginError(f"{source}: {error.strerror}") from error
    except (ValueError, RecursionError, MemoryError) as error:  # not UTF-8, a null byte; nested beyond any reason
        raise PluginError(f"{source}: not Python: {error or type(error).__name__}") from error
    found = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id.endswith(base) for b in node.bases)
    ]
    if len(found) != 1:
        raise PluginError(f"{source}: {len(found)} classes that derive from {base}; wanted one")
    return found[0], tree


def _literal(node: ast.ClassDef, attribute: str, source: Path, otherwise: Any = None) -> Any:
    """A literal class attribute; an enum member (`Tier.WEIGHTS`) gives its last name. It must be there, unless there is
    something `otherwise`.
    """
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if (
            isinstance(statement, ast.Assign | ast.AnnAssign)
            and statement.value is not None
            and any(isinstance(target, ast.Name) and target.id == attribute for target in targets)
        ):
            if isinstance(statement.value, ast.Attribute):
                return statement.value.attr
            try:
                return ast.literal_eval(statement.value)
            except ValueError as error:
                raise PluginError(f"{source}:{statement.lineno}: `{attribute}` must be a literal") from error
    if otherwise is not None:
        return otherwise
    raise PluginError(f"{source}:{node.lineno}: {node.name} has no `{attribute}`")


def _member(kind: type[Tier] | type[Family], name: str, attribute: str, source: Path) -> Any:
    try:
        return kind[name]
    except KeyError as error:
        raise PluginError(
            f"{source}: `{attribute}`: no {kind.__name__}.{name}{nearest(str(name), kind.__members__)}"
        ) from error


def read_method(source: Path, module: str | None = None) -> MethodInfo:
    """A method from its file; nothing is imported.

    Args:
        source: `__init__.py` of a plug-in folder, the folder itself, or a loose file.
        module: importable name, for installed ones.

    Raises:
        PluginError: with the line and how to mend it.
    """
    if source.is_dir():
        source = source / "__init__.py"
    if not source.exists():
        raise PluginError(f"{source}: no such file; wanted a folder with `__init__.py`, or a `.py` file")
    node, _ = _class_of(source, "Method")
    bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
    tracks = tuple(name for name, track in TRACKS.items() if track.mixin in bases)
    unknown = [base for base in bases if base.startswith("Enters") and base not in {t.mixin for t in TRACKS.values()}]
    if unknown:
        raise PluginError(
            f"{source}:{node.lineno}: no track has the mixin {unknown[0]!r}"
            + nearest(unknown[0], [track.mixin for track in TRACKS.values()])
        )
    card_path = source.parent / "method.yaml" if source.name == "__init__.py" else source.with_suffix(".yaml")
    functions = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
    return MethodInfo(
        name=_literal(node, "name", source),
        family=_member(Family, _literal(node, "family", source), "family", source),
        version=_literal(node, "version", source),
        tier=_member(Tier, _literal(node, "tier", source), "tier", source),
        tracks=tracks,
        class_name=node.name,
        source=source,
        module=module,
        card=read_yaml(MethodCard, card_path) if card_path.exists() else MethodCard(),
        summary=(ast.get_docstring(node) or "").partition("\n")[0],
        studies="study" in functions,
        capped=_literal(node, "capped", source, True),
    )


def read_task(source: Path, track: str, module: str | None = None) -> TaskInfo:
    """A task from its file; nothing is imported."""
    if source.is_dir():
        source = source / "__init__.py"
    if not source.exists():
        raise PluginError(f"{source}: no such file; wanted a folder with `__init__.py`")
    node, _ = _class_of(source, "Task")
    return TaskInfo(
        name=f"{track}/{_literal(node, 'name', source)}",
        version=_literal(node, "version", source),
        class_name=node.name,
        source=source,
        module=module,
        card=read_yaml(TaskCard, source.parent / "task.yaml"),
    )


Info = TypeVar("Info", MethodInfo, TaskInfo)


@dataclass(frozen=True)
class _Scan(Generic[Info]):
    """What is installed: the plug-ins that can be read, and why the others cannot."""

    found: dict[str, Info] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def read(self, reader: Callable[[], Info]) -> None:
        """Adds one plug-in; a fault of one must not hide the others."""
        try:
            info = reader()
            if info.name in self.found:
                raise PluginError(f"{info.source}: the name {info.name!r} is taken by {self.found[info.name].source}")
        except PluginError as error:
            self.broken.append(str(error))
        else:
            self.found[info.name] = info


@cache
def _scan_methods() -> _Scan[MethodInfo]:
    scan: _Scan[MethodInfo] = _Scan()
    for module, origin in _plugin_folders(METHODS):
        if origin is None:
            scan.broken.append(f"entry point {METHODS} names {module!r}, which is not installed")
        elif origin.name == "__init__.py" and not (origin.parent / "method.yaml").exists():  # a collection
            for folder in folders(origin.parent):
                scan.read(partial(read_method, folder, f"{module}.{folder.name}"))
        else:
            scan.read(partial(read_method, origin, module))
    return scan


@cache
def _scan_tasks() -> _Scan[TaskInfo]:
    scan: _Scan[TaskInfo] = _Scan()
    for module, origin in _plugin_folders(TASKS):
        if origin is None:
            scan.broken.append(f"entry point {TASKS} names {module!r}, which is not installed")
            continue
        for track in TRACKS:
            for folder in folders(origin.parent / track):
                scan.read(partial(read_task, folder, track, f"{module}.{track}.{folder.name}"))
    return scan


def methods() -> dict[str, MethodInfo]:
    """All installed methods by name."""
    return _scan_methods().found


def tasks() -> dict[str, TaskInfo]:
    """All installed tasks by full name."""
    return _scan_tasks().found


def forget() -> None:
    """Looks again at the next call, for processes in which plug-ins come and go."""
    for listing in (_scan_methods, _scan_tasks, suites):
        listing.cache_clear()


def broken() -> list[str]:
    """Installed plug-ins that cannot be read, each with its fault."""
    return [*_scan_methods().broken, *_scan_tasks().broken]


@cache
def suites() -> dict[str, Path]:
    """All installed suites: name -> file."""
    return {
        path.stem: path
        for _, origin in _plugin_folders(TASKS)
        if origin is not None
        for path in sorted((origin.parent / "suites").glob("*.yaml"))
    }


def find_method(name_or_path: str) -> MethodInfo:
    """A method by name, or by the path of a folder or loose file.

    Raises:
        PluginError: with the nearest name.
    """
    if name_or_path in methods():
        return methods()[name_or_path]
    name, _, variant = name_or_path.partition("/")
    if name in methods() and variant in methods()[name].card.variants and not Path(name_or_path).exists():
        raise PluginError(f"{name_or_path!r} is one row of method {name!r}; name the method: -m {name}")
    if "/" in name_or_path or name_or_path.endswith(".py"):
        return read_method(Path(name_or_path).resolve())
    for folder in (Path(name_or_path), Path(name_or_path.replace("-", "_"))):
        if folder.is_dir():
            raise PluginError(f"no method {name_or_path!r} is installed; for the one in this folder: -m ./{folder}")
    raise PluginError(f"no method {name_or_path!r}{nearest(name_or_path, methods())}")


def find_task(name_or_path: str) -> TaskInfo:
    """A task by full name (or its last part), or by the path of its folder."""
    short = {name.partition("/")[2]: name for name in tasks()}
    if name_or_path in tasks():
        return tasks()[name_or_path]
    if name_or_path in short:
        return tasks()[short[name_or_path]]
    path = Path(name_or_path)
    if path.is_dir():
        return read_task(
            path.resolve(), path.resolve().parent.name if path.resolve().parent.name in TRACKS else "generalization"
        )
    raise PluginError(f"no task {name_or_path!r}{nearest(name_or_path, tasks())}")


def find_suite(name_or_path: str) -> Suite:
    """A suite by name, or by the path of a YAML file."""
    if name_or_path in suites():
        return read_yaml(Suite, suites()[name_or_path])
    if name_or_path.endswith((".yaml", ".yml")):
        return read_yaml(Suite, Path(name_or_path))
    raise PluginError(f"no suite {name_or_path!r}{nearest(name_or_path, suites())}")


def import_source(source: Path, module: str | None) -> ModuleType:
    """Imports a plug-in: by name if it is installed, else from its file.

    Raises:
        PluginError: it does not import, with its own error.
    """
    name = module or f"interpbench_plugin_{digest(str(source), size=6)}"
    try:
        if module is not None:
            return importlib.import_module(module)
        if name in sys.modules:
            return sys.modules[name]
        search = [str(source.parent)] if source.name == "__init__.py" else None
        spec = importlib.util.spec_from_file_location(name, source, submodule_search_locations=search)
        assert spec is not None
        assert spec.loader is not None
        loaded = importlib.util.module_from_spec(spec)
        sys.modules[name] = loaded
        spec.loader.exec_module(loaded)
    except Exception as error:
        sys.modules.pop(name, None)
        raise PluginError(f"{source}: does not import: {type(error).__name__}: {error}") from error
    return loaded


def load_method(info: MethodInfo, parameters: dict[str, Any]) -> "Method":
    """An instance of a method; this runs its code.

    Raises:
        PluginError: it does not import, or does not take these hyper-parameters.
    """
    kind: "Callable[..., Method]" = getattr(import_source(info.source, info.module), info.class_name)
    try:
        return kind(**parameters)
    except TypeError as error:
        raise PluginError(f"{info.source}: {info.class_name}: {error}") from error


def load_task(info: TaskInfo) -> "Task":
    """An instance of a task with its zoo, if it has been trained; this runs its code.

    Raises:
        PluginError: it does not import, or was loaded in this process while seeds had another salt: what its module
            drew then is kept with it.
    """
    from interpbench.models.names import SALT
    from interpbench.models.zoo import load_params, read_manifest

    if _SALTS.setdefault(info.name, os.environ.get(SALT)) != os.environ.get(SALT):
        raise PluginError(f"{info.name} was loaded under another salt; use a process of its own for each")

    kind = getattr(import_source(info.source, info.module), info.class_name)
    if not (info.zoo / "zoo.json").exists():
        untrained: "Task" = kind()
        return untrained
    manifest = read_manifest(info.zoo)
    task: "Task" = kind(manifest, lambda model: load_params(info.zoo, model, manifest.models[model]))
    return task
