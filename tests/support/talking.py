"""A server that speaks OpenAI's protocol on this machine: replies from a script, and each way of not replying."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Say:
    """A completion with this text."""

    text: str | None


@dataclass(frozen=True)
class Raw:
    """Any answer."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Silence:
    """Nothing, for so long, or until the other side is gone."""

    seconds: float = 30.0


@dataclass(frozen=True)
class Drip:
    """The beginning of an answer, a space at a time: no single wait is long."""

    seconds: float = 30.0


class HangUp:
    """The connection is closed instead of an answer."""


Turn = Say | Raw | Silence | Drip | HangUp
Script = Sequence[Turn] | Callable[[dict[str, Any]], Turn]


def error(status: int, message: str) -> Raw:
    return Raw(status, json.dumps({"error": {"message": message}}).encode())


class Talking(ThreadingHTTPServer):
    """The server; `requests` are those that it got, `keys` what they were signed with."""

    daemon_threads = True

    def __init__(self, script: Script, key: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.key = key
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that give up are what it is for."""

    def turn(self, request: dict[str, Any], key: str) -> Turn:
        self.requests.append(request)
        self.keys.append(key)
        if self.key is not None and key != f"Bearer {self.key}":
            return error(401, f"Incorrect API key provided: {key.removeprefix('Bearer ')}")
        if callable(self.script):
            return self.script(request)
        return self.script[min(len(self.requests), len(self.script)) - 1]


@contextlib.contextmanager
def talking(script: Script, key: str | None = None) -> Iterator[Talking]:
    """A running server; the last turn of a list is repeated."""
    server = Talking(script, key)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Talking

    def log_message(self, *_: Any) -> None:
        """Tests are quiet."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path != "/v1/chat/completions":
            turn: Turn = error(404, "no such page")
        else:
            turn = self.server.turn(request, self.headers.get("authorization", ""))
        match turn:
            case Say(text):
                message = {"role": "assistant", "content": text}
                choice = {"index": 0, "finish_reason": "stop", "message": message}
                about = {"id": "1", "object": "chat.completion", "created": 0, "model": request["model"]}
                self._send(Raw(200, json.dumps({**about, "choices": [choice]}).encode()))
            case Raw():
                self._send(turn)
            case Silence(seconds):
                self.server.over.wait(seconds)
            case Drip(seconds):
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.end_headers()
                end = time.monotonic() + seconds
                while time.monotonic() < end and not self.server.over.wait(0.05):
                    self.wfile.write(b" ")
                    self.wfile.flush()
            case HangUp():
                pass
        self.close_connection = True

    def _send(self, answer: Raw) -> None:
        self.send_response(answer.status)
        for name, value in {"content-type": answer.kind, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
