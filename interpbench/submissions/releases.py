"""Whether what a bundle says of versions has the form that versions have; whether it is true, nothing can show."""

import re
from collections.abc import Iterator

from interpbench.run.isolate.levels import Isolation
from interpbench.run.provenance import Provenance

VERSION = re.compile(r"[0-9][0-9A-Za-z.+!_-]{0,59}")
PYTHON = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z+.]{0,20}")
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}|unknown")
SOURCE = re.compile(r"[0-9a-f]{40}")
"""Of the framework, as in an answer's hash."""
PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
MACHINE = re.compile(r"[A-Za-z0-9_.-]{1,40} [A-Za-z0-9_.-]{1,40}")
MOST_PACKAGES = 100


def malformed(said: Provenance) -> Iterator[str]:
    """What of a provenance no run of this framework writes, as sentences.

    Args:
        said: of a manifest or an answer.
    """
    for what, got, form, wanted in (
        ("interpbench", said.interpbench, VERSION, "a version such as 1.2.0"),
        ("python", said.python, PYTHON, "a version such as 3.12.1"),
        ("commit", said.commit, COMMIT, "a commit's hash, or `unknown`"),
        ("machine", said.machine, MACHINE, "system and architecture, such as `Linux x86_64`"),
    ):
        if not form.fullmatch(got):
            yield f"{what} {got!r}; wanted {wanted}"
    if said.isolation not in {level.value for level in Isolation}:
        yield f"isolation {said.isolation!r}; wanted {', '.join(level.value for level in Isolation)}"
    yield from strange_packages(said.packages)


def strange_packages(packages: dict[str, str]) -> Iterator[str]:
    """Names and versions that no package has.

    Args:
        packages: name -> version, or `absent`.
    """
    if len(packages) > MOST_PACKAGES:
        yield f"{len(packages)} packages; wanted at most {MOST_PACKAGES}"
        return
    for name, version in packages.items():
        if not PACKAGE.fullmatch(name) or (version != "absent" and not VERSION.fullmatch(version)):
            yield f"package {name!r} of version {version!r}; wanted a name and a version such as 2.5.1"
