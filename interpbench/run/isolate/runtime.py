"""Which paths make up the running Python: what a cell may read, and what of it stays hidden."""

import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
_TABLES = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/sys/devices/system/cpu",
)
_NETWORK = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services"),
    *("/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted"),
    *("/usr/share/ca-certificates", "/usr/local/share/ca-certificates"),
)
"""How names are looked up, and which certificates are trusted: public facts about the machine, no keys."""
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_PACKAGE_FOLDERS = ("site-packages", "dist-packages")
_MODULE_SUFFIXES = (".py", ".so", ".pyd")

_PASSED_ON = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
_ONE_THREAD = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """The paths of the running Python, without the hidden packages."""

    readable: tuple[Path, ...]
    listable: tuple[Path, ...]
    """Folders that hold a hidden package: their names may be listed, for `importlib.metadata`; what lies in the
    package may not be read."""

    def also(self, *paths: Path) -> "Runtime":
        """This and more readable paths."""
        return Runtime(readable=_outermost([*self.readable, *paths]), listable=self.listable)

    def with_network(self) -> "Runtime":
        """This and what a process reads to find and to trust a server."""
        named = [os.environ[name] for name in _CERTIFICATES if name in os.environ]
        return self.also(*(path for path in map(Path, (*_NETWORK, *named)) if path.exists()))


def runtime(hidden: Sequence[str], extra: Iterable[Path] = ()) -> Runtime:
    """Find what Python needs to run here.

    Args:
        hidden: Top-level packages to leave out, wherever they are installed.
        extra: More paths to make readable.
    """
    secret = frozenset(path.resolve() for folder in _import_folders() for path in _named(folder, hidden))
    readable: list[Path] = []
    listable: list[Path] = []
    for root in _roots(hidden):
        _split(root, secret, readable, listable)
    readable.extend(extra)
    return Runtime(readable=_outermost(readable), listable=tuple(dict.fromkeys(listable)))


def import_path() -> list[str]:
    """The entries of `sys.path` that another interpreter needs to import the same things."""
    entries = [str(Path(entry).absolute()) for entry in sys.path if entry]
    return [entry for entry in dict.fromkeys(entries) if Path(entry).exists()]


def environment(scratch: str, *, network: bool = False) -> dict[str, str]:
    """All environment variables that a zygote gets; everything else stays behind, tokens and keys among it."""
    passed_on = (*_PASSED_ON, *_CERTIFICATES) if network else _PASSED_ON
    threads = {f"{library}_NUM_THREADS": "1" for library in _ONE_THREAD}
    return {
        **{name: os.environ[name] for name in passed_on if name in os.environ},
        **threads,
        # Name servers are asked by TCP: a cell with a network has no UDP.
        **({"RES_OPTIONS": "use-vc"} if network else {}),
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(import_path()),
        # Answers must not depend on the order of a set of strings.
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HOME": scratch,
        "TMPDIR": scratch,
        "USER": "cell",
        "LOGNAME": "cell",
    }


def _roots(hidden: Sequence[str]) -> list[Path]:
    base = {sys.base_prefix, sys.base_exec_prefix}
    libraries = [Path(entry) for entry in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if entry]
    wanted = [
        Path(sys.executable),
        Path(getattr(sys, "_base_executable", sys.executable)),
        Path(sys.prefix) / "pyvenv.cfg",
        *(Path(prefix) / "lib" for prefix in base),
        *(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")),
        *map(Path, _LIBRARIES + _TABLES),
        *libraries,
    ]
    for entry in map(Path, import_path()):
        wanted.extend([entry] if _only_packages(entry) else _packages(entry, hidden))
    existing = [path for path in wanted if path.exists()]
    # A path and what it resolves to: both names lead there in a sandbox that has no symlinks of its own.
    return list(dict.fromkeys(path for given in existing for path in (given.absolute(), given.resolve())))


def _only_packages(entry: Path) -> bool:
    """Whether a `sys.path` entry holds installed packages only; any other may be somebody's working folder."""
    standard = Path(sysconfig.get_path("stdlib"))
    return entry.is_file() or entry.name in _PACKAGE_FOLDERS or entry.is_relative_to(standard)


def _packages(entry: Path, hidden: Sequence[str]) -> list[Path]:
    """The packages and modules in a folder, and nothing else of it: no repository data, no store."""
    hide = set(_named(entry, hidden))
    return [
        path
        for path in sorted(entry.iterdir())
        if path not in hide and (path.suffix in _MODULE_SUFFIXES or (path / "__init__.py").exists())
    ]


def _import_folders() -> list[Path]:
    """Everywhere that a package may be installed for this Python or for the one it was made from."""
    base = [
        path
        for prefix in (sys.base_prefix, "/usr", "/usr/local")
        for name in _PACKAGE_FOLDERS
        for path in Path(prefix).glob(f"lib/python3*/{name}")
    ]
    folders = [*map(Path, import_path()), *map(Path, site.getsitepackages()), *base]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def _named(folder: Path, hidden: Sequence[str]) -> list[Path]:
    """What of `folder` belongs to a hidden package: the package, a module, its metadata."""
    if not folder.is_dir():
        return []
    starts = tuple(f"{name}{after}" for name in hidden for after in (".", "-"))
    return [path for path in folder.iterdir() if path.name in hidden or path.name.startswith(starts)]


def _split(root: Path, secret: frozenset[Path], readable: list[Path], listable: list[Path]) -> None:
    """Name `root` whole if nothing in it is secret, else go into it and name what is beside the secret."""
    real = root.resolve()
    if real in secret:
        return
    if not any(path.is_relative_to(real) for path in secret):
        readable.append(root)
        return
    listable.append(root)
    for child in sorted(root.iterdir()):
        _split(child, secret, readable, listable)


def _outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Without the paths that lie in another of them."""
    unique = dict.fromkeys(paths)
    return tuple(path for path in unique if not any(parent in unique for parent in path.parents))
