"""Whether what answers say of an endpoint can be one: it is published, and shown to readers."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from interpbench.plugins.endpoint import Endpoint
from interpbench.plugins.manifest import PluginError
from interpbench.run.plan import Row
from interpbench.submissions.problems import quoted

SCHEMES = ("http", "https")
LONGEST = 300
"""Characters of an address, and of a model's name."""


def strange_endpoint(said: Any, row: Row) -> Iterator[str]:
    """What is wrong with an endpoint, as sentences.

    Args:
        said: `endpoint` of what an answer's hash is made of.
        row: whose variant may name the endpoint in its parameters.
    """
    if not isinstance(said, dict) or set(said) != {"address", "model"}:
        yield f"endpoint: got {quoted(said)}, wanted address and model"
        return
    for name, value in said.items():
        if not (isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable()):
            yield f"endpoint: {name} {quoted(value)}; wanted one line of at most {LONGEST} characters"
            return
    try:
        read = Endpoint.of({"base_url": said["address"], "model": said["model"]}, {})
        scheme = urlsplit(said["address"]).scheme
    except (PluginError, ValueError) as error:
        yield f"endpoint: {error}"
        return
    if scheme not in SCHEMES or read is None:
        yield f"endpoint: address {quoted(said['address'])}; wanted one that begins with http:// or https://"
        return
    own = row.parameters
    for name, key in (("address", "base_url"), ("model", "model")):
        declared = str(own.get(key) or "").rstrip("/" if name == "address" else "")
        if declared and declared != said[name]:
            yield f"endpoint: {name} {quoted(said[name])}; its parameters say {quoted(declared)}"
