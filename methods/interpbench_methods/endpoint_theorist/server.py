"""A language model behind an address: one request at a time, and every way in which it can fail has a sentence."""

import time
from collections.abc import Sequence
from typing import Any

from interpbench.bundle.outcome import CellStop, Status
from interpbench.plugins.endpoint import KEY, NO_KEY, Endpoint
from interpbench.toolkit.language.message import Message

TRIES = 3
"""Of a request that the server could not take: it was busy, or fell over, or the connection broke."""
LONGEST_PAUSE = 30.0
OPTIONS: dict[str, Any] = {"temperature": 0, "seed": 0, "max_tokens": 8192}
"""Asked for where the server knows them; some models refuse one or the other."""
LONGEST_REPLY = 200_000
"""Characters that are read of a reply, from its end."""
MASK = "[key]"


class Server:
    """A `toolkit.language.message.Speaker` behind the address.

    Silence is not tried again: it ends the cell as a `timeout`, so that a silent server costs one wait a cell.

    Args:
        endpoint: address and model.
        key: to it; None where the server wants none.
        seconds: that it may be silent.
        until: clock time (`time.monotonic`) at which the conversation must be over.
        pause: seconds before a second try; twice as many before a third.
    """

    def __init__(self, endpoint: Endpoint, key: str | None, seconds: float, until: float, pause: float = 1.0) -> None:
        import openai  # here, since it takes a second, and may be missing

        self._openai = openai
        self._endpoint = endpoint
        self._key = key
        self._seconds = seconds
        self._until = until
        self._pause = pause
        self._options = OPTIONS
        self._client = openai.OpenAI(base_url=endpoint.address, api_key=key or "none", max_retries=0)

    def __call__(self, messages: Sequence[Message], /) -> str:
        """The model's next message, empty if the server's answer is not one.

        Raises:
            CellStop: `timeout` where it is silent or slow; `crashed` where it refuses or cannot be reached.
        """
        api = self._openai
        told: Any = [{"role": message.role, "content": message.text} for message in messages]
        tried = 0
        while True:
            try:
                return self._hidden(_content(self._ask(told)))[-LONGEST_REPLY:]
            except api.APITimeoutError as error:
                raise self._stop(Status.TIMEOUT, f"was silent for {self._seconds:g} s") from error
            except api.BadRequestError as error:
                if not self._options:
                    raise self._refused(error) from error
                self._options = {}
            except (api.APIConnectionError, api.RateLimitError, api.InternalServerError) as error:
                tried += 1
                if tried == TRIES:
                    raise self._refused(error) from error
                time.sleep(min(self._pause_before(error, tried), max(0.0, self._until - time.monotonic())))
            except api.APIStatusError as error:
                raise self._refused(error) from error
            except (api.APIError, ValueError):  # it answered, with something that is no completion
                return ""

    def _ask(self, told: Any) -> Any:
        left = self._until - time.monotonic()
        if left <= 0:
            raise self._stop(Status.TIMEOUT, "was too slow: the cell's time is over")
        client = self._client.with_options(timeout=min(self._seconds, left))
        return client.chat.completions.create(model=self._endpoint.model, messages=told, **self._options)

    def _pause_before(self, error: Any, tried: int) -> float:
        """As long as the server asks for, up to a limit, or longer each time."""
        response = getattr(error, "response", None)
        wanted = "" if response is None else str(response.headers.get("retry-after", ""))
        pause = float(wanted) if wanted.isdecimal() else self._pause * 2 ** (tried - 1)
        return min(pause, LONGEST_PAUSE)

    def _refused(self, error: Exception) -> CellStop:
        code = getattr(error, "status_code", None)
        if code is None:
            return self._stop(Status.CRASHED, f"cannot be reached: {error.__cause__ or error}")
        hint = ""
        if code in (401, 403):
            hint = f"; is the key in {self._endpoint.key_variable} right?" if self._key else f"; {self._keyless}"
        if code == 404:
            hint = f"; is its address right, and has it a model {self._endpoint.model!r}?"
        return self._stop(Status.CRASHED, f"refused with HTTP {code}: {str(error)[:200]}{hint}")

    @property
    def _keyless(self) -> str:
        variable = self._endpoint.key_variable
        unset = f"{KEY} names no variable that holds one" if variable == NO_KEY else f"{variable} is not set"
        return f"no key was sent: {unset}"

    def _stop(self, status: Status, what: str) -> CellStop:
        return CellStop(status, self._hidden(f"the endpoint {self._endpoint.address} {what}"))

    def _hidden(self, text: str) -> str:
        """Without the key, which a server may repeat when it complains about it."""
        return text.replace(self._key, MASK) if self._key and len(self._key) >= 8 else text


def _content(answer: Any) -> str:
    """The text of the first choice; empty where there is none, whatever else was sent."""
    choices = getattr(answer, "choices", None)
    message = getattr(choices[0], "message", None) if isinstance(choices, list) and choices else None
    content = getattr(message, "content", None)
    return content if isinstance(content, str) else ""
