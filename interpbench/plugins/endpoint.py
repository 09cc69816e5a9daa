"""Where a method that declares a network finds its language model: any server that speaks OpenAI's protocol.

Address and model stand in the variant's parameters (`base_url`, `model`) or in the environment. The key stands in the
environment alone, and only whoever runs the method says in which variable: a card that could name it would read any
variable of its user. It is handed over if the user named the variable or the address; an address that a card alone
names gets none. In a cell the environment holds these and nothing else of the caller's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from interpbench.plugins.manifest import PluginError

ADDRESS = "INTERPBENCH_ENDPOINT"
MODEL = "INTERPBENCH_MODEL"
KEY = "INTERPBENCH_KEY"
"""Holds the name of the variable that holds the key."""
DEFAULT_KEY = "OPENAI_API_KEY"
NO_KEY = "none"
"""Instead of a variable's name: no key is handed over."""
OWN = "INTERPBENCH_"
LONGEST_KEY = 4096
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An address that answers, and the name of the model that is asked there.

    Attributes:
        address: up to and without `/chat/completions`: `https://api.openai.com/v1`, `http://localhost:11434/v1`.
        model: as the server calls it.
        key_variable: environment variable that holds the key, or `NO_KEY`.
    """

    address: str
    model: str
    key_variable: str = DEFAULT_KEY

    @staticmethod
    def of(parameters: Mapping[str, Any], environment: Mapping[str, str]) -> "Endpoint | None":
        """What a variant's parameters name, and where they name nothing the environment; None if nobody says all.

        Raises:
            PluginError: the address is none, or carries what looks like a key; the parameters, or the environment, name
                a variable that is not theirs to name.
        """
        if "key_variable" in parameters:
            raise PluginError(f"key_variable: a method cannot say which variable holds its user's key; set {KEY}=NAME")
        address = str(parameters.get("base_url") or environment.get(ADDRESS, "")).rstrip("/")
        model = str(parameters.get("model") or environment.get(MODEL, ""))
        if not (address and model):
            return None
        _port(address)
        named = environment.get(KEY, "") or (DEFAULT_KEY if environment.get(ADDRESS) else NO_KEY)
        if named.startswith(OWN):
            raise PluginError(f"{KEY}: {named} is a variable of interpbench's own, wanted one that holds a key")
        return Endpoint(address=address, model=model, key_variable=named)

    @property
    def port(self) -> int:
        """That the server listens at."""
        return _port(self.address)

    @property
    def identity(self) -> dict[str, str]:
        """What of it an answer depends on, as far as anybody can tell from outside."""
        return {"address": self.address, "model": self.model}

    @property
    def variables(self) -> dict[str, str]:
        """The environment from which `of` would read this again."""
        return {ADDRESS: self.address, MODEL: self.model, KEY: self.key_variable}

    def key(self, environment: Mapping[str, str]) -> str | None:
        """The key, if there is one.

        Raises:
            PluginError: it is none.
        """
        key = "" if self.key_variable == NO_KEY else environment.get(self.key_variable, "").strip()
        if len(key) > LONGEST_KEY or not key.isprintable():
            raise PluginError(f"{self.key_variable}: wanted a key, one line of at most {LONGEST_KEY} characters")
        return key or None


def _port(address: str) -> int:
    """The port of a well-formed address."""
    wanted = f"{ADDRESS} or `base_url`: wanted an address such as https://api.openai.com/v1"
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        raise PluginError(f"{wanted}; {error}") from error
    if "@" in parts.netloc or parts.query or parts.fragment:  # not shown: this is where people put passwords
        raise PluginError(f"{wanted}, without user, password or query; the key belongs into {DEFAULT_KEY}")
    if port is None or not parts.hostname:
        raise PluginError(f"{wanted}; got {address!r}")
    return port
