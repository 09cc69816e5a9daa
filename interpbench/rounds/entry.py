"""What comes in: the code of a bundle is laid out where it will run from, and read, not imported.

That code and card are what the manifest says is checked with the bundle (`submissions.described`).
"""

import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from interpbench.bundle.whole import write_whole
from interpbench.plugins.discovery import MethodInfo, find_method
from interpbench.plugins.manifest import PluginError
from interpbench.submissions.archive import Refused
from interpbench.submissions.layout import SOURCE
from interpbench.submissions.manifest import Manifest, SubmittedMethod
from interpbench.tracks.instance import Problem

LONGEST = 1800.0
"""Seconds that a cell of a round may ask for: with hundreds of cells a row, a host cannot wait for more."""


@contextmanager
def staged(plugins: Path, name: str, files: Mapping[str, bytes]) -> Iterator[Path]:
    """The code of a bundle in a folder of its own; it takes the place of an earlier one if nothing is raised.

    Args:
        plugins: folder of all that came in.
        name: of the submission.
        files: of the bundle.
    """
    plugins.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=".staged-", dir=plugins))
    try:
        for path, content in files.items():
            if path.startswith(f"{SOURCE}/"):
                write_whole(place / path.removeprefix(f"{SOURCE}/"), content)
        yield place
        shutil.rmtree(plugins / name, ignore_errors=True)
        place.rename(plugins / name)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def entered(bundle: str, place: Path, manifest: Manifest, asked: Collection[str]) -> dict[str, str]:
    """The plug-ins of a bundle.

    Args:
        bundle: its name, for messages.
        place: where its code lies.
        manifest: what it says of them.
        asked: tracks of the round.

    Returns:
        Method -> its folder or loose file, below `place`.

    Raises:
        Refused: with every fault.
    """
    plugins = {method.name: _path(method) for method in manifest.methods}
    faults = [
        Problem(where=f"{bundle}: {method.name}", what=what)
        for method in manifest.methods
        for what in _faults(method, place / plugins[method.name], asked)
    ]
    if faults:
        raise Refused(faults)
    return plugins


def read(place: Path) -> MethodInfo:
    """A plug-in as it lies there.

    Raises:
        PluginError: it cannot be read.
    """
    return find_method(str(place.resolve()))


def changed(place: Path, files: Mapping[str, bytes]) -> str | None:
    """The first file at which the code that lies there is not that of a bundle, with how; None if it is."""
    wanted = {path.removeprefix(f"{SOURCE}/"): content for path, content in files.items() if path.startswith(SOURCE)}
    found = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    for name in sorted(found - set(wanted)):
        if "__pycache__" not in name:
            return f"{name} was added"
    for name, content in sorted(wanted.items()):
        if name not in found or (place / name).read_bytes() != content:
            return f"{name} is {'another one' if name in found else 'gone'}"
    return None


def _path(method: SubmittedMethod) -> str:
    code = [name for name in method.source if name.endswith(".py")]
    return f"{method.name}/{code[0]}" if method.loose and len(code) == 1 else method.name


def _faults(method: SubmittedMethod, place: Path, asked: Collection[str]) -> Iterator[str]:
    if not method.source or method.source_left_out:
        yield "not all of its code is here; pack it with `interpbench submit --with-source`"
        return
    if method.card.network:
        yield "asks for a network; cells of a round have none, since nothing could keep a secret from it"
    if (method.card.wall_seconds or 0) > LONGEST:
        yield f"wall_seconds: got {method.card.wall_seconds:g}, wanted {LONGEST:g} at most"
    try:
        info = read(place)
    except PluginError as error:
        yield f"its code cannot be read: {str(error).replace(str(place.parent), '')}"
        return
    if not set(info.tracks) & set(asked):
        yield f"enters {', '.join(info.tracks) or 'no track'}; the round asks about {', '.join(sorted(asked))}"
