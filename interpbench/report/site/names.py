"""Names of rows, tasks and tables as names of files: readable, and safe whatever somebody calls a method."""

import re
from hashlib import sha256

LONGEST = 80


def slug(name: str) -> str:
    """A file name without suffix, another one for every name, also where upper and lower case are one.

    Names made of lower-case letters, digits, `.`, `_` and single hyphens stay readable; `/` becomes `--`. All others
    get a part of their hash, so that no name leaves its folder and no two meet.

    >>> slug("scalars/weight-norm")
    'scalars--weight-norm'
    >>> slug("../../etc/passwd")
    'etc--passwd-927740b3'
    """
    plain = name.replace("/", "--")
    safe = re.sub(r"[^a-z0-9._-]+", "-", plain.lower()).strip(".-")[:LONGEST]
    if safe and safe == plain and "--" not in name:
        return safe
    return f"{safe or 'name'}-{sha256(name.encode()).hexdigest()[:8]}"
