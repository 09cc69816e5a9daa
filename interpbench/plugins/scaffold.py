"""Skeletons of plug-ins: they run as they are."""

import keyword
import re
from importlib.resources import files
from pathlib import Path

from interpbench.plugins.discovery import methods
from interpbench.plugins.manifest import PluginError, nearest
from interpbench.tracks.registry import TRACKS

_METHOD_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TASK_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def _class_name(name: str) -> str:
    joined = "".join(part.capitalize() for part in re.split("[-_]", name))
    return f"{joined}_" if keyword.iskeyword(joined) else joined


def _write(kind: str, template: str, name: str, target: Path) -> list[Path]:
    if target.exists():
        raise PluginError(f"{target}: is there already; choose another name or --folder")
    values = {"name": name, "class_name": _class_name(name), "title": re.sub("[-_]", " ", name).capitalize()}
    written = []
    target.mkdir(parents=True)
    templates = files("interpbench.plugins") / "templates"
    outs = {f"{template}.py": "__init__.py", f"{kind}.yaml": f"{kind}.yaml", "README.md": "README.md"}
    for source, out in outs.items():
        text = (templates / f"{source}.txt").read_text(encoding="utf-8")
        (target / out).write_text(text.format(**values), encoding="utf-8")
        written.append(target / out)
    return written


def scaffold_method(name: str, folder: Path, track: str = "generalization") -> list[Path]:
    """Writes a working method that enters a track into `folder/<name>` and returns its files.

    Raises:
        PluginError: the name is malformed or taken, there is no such track, or the folder is there already.
    """
    if track not in TRACKS:
        raise PluginError(f"no track {track!r}{nearest(track, TRACKS)}")
    if not _METHOD_NAME.fullmatch(name):
        raise PluginError(f"method name {name!r}: wanted lower-case words with hyphens, e.g. `my-method`")
    if name in methods():
        raise PluginError(f"{name!r} is the name of an installed method; choose another: no board takes a name twice")
    return _write("method", f"method-{track}", name, folder / name.replace("-", "_"))


def scaffold_task(name: str, folder: Path) -> list[Path]:
    """Writes a working family of the generalization track into `folder/<name>` and returns its files.

    Raises:
        PluginError: the name is malformed, or the folder is there already.
    """
    if not _TASK_NAME.fullmatch(name):
        raise PluginError(f"task name {name!r}: wanted lower-case words with underscores, e.g. `my_family`")
    return _write("task", "task", name, folder / name)
