"""Cells for the tests: well-behaved, broken, and hostile. `payload["do"]` names the function to run."""

import ctypes
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from interpbench.bundle.outcome import Status
from interpbench.run.isolate.job import JSON, CellStop
from interpbench.run.isolate.queries import ask

ZYGOTE_SECRET = "known to the zygote only"


class Here:
    """What a cell knows of itself."""

    def __init__(self, payload: dict[str, JSON], bundle: Path, answer: Path, queries: socket.socket | None) -> None:
        self.payload, self.bundle, self.answer, self.queries = payload, bundle, answer, queries

    def text(self, key: str) -> str:
        return str(self.payload[key])

    def number(self, key: str) -> int:
        value = self.payload[key]
        assert isinstance(value, int)
        return value


def run(payload: dict[str, JSON], bundle: Path, answer: Path, queries: socket.socket | None) -> None:
    here = Here(payload, bundle, answer, queries)
    do: Callable[[Here], str | None] = globals()[here.text("do")]
    if (result := do(here)) is not None:
        (answer / "result").write_text(result)


def attempt(attack: Callable[[], object]) -> str:
    try:
        return f"worked: {attack()!r}"
    except (OSError, ImportError, EOFError) as error:
        return f"refused: {type(error).__name__}: {error}"


# Well-behaved or broken


def good(here: Here) -> str:
    print("hello from the cell")
    return (here.bundle / "question.json").read_text()


def crash(here: Here) -> None:
    raise ZeroDivisionError("of my own making")


def silent(here: Here) -> None:
    pass


def stop(here: Here) -> None:
    raise CellStop(Status.NOT_APPLICABLE, "not my kind of question")


def leave(here: Here) -> None:
    os._exit(7)


def fault(here: Here) -> None:
    ctypes.string_at(0)


def environment(here: Here) -> str:
    return "\n".join(sorted(os.environ))


def talk(here: Here) -> str:
    for _ in range(3000):
        print("x" * 100)
    print("the end")
    return ""


def workshop(here: Here) -> str:
    """What honest code needs: threads, temporary files, semaphores, children, randomness."""
    import multiprocessing
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(os.urandom(10))
    thread = threading.Thread(target=time.sleep, args=(0.01,))
    thread.start()
    thread.join()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        total = sum(pool.map(abs, [-1, -2, -3]))
    child = subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, text=True, check=True)
    import importlib.metadata
    import wave  # a module of the standard library that the zygote did not import

    return f"{total} {child.stdout.strip()} {importlib.metadata.version('numpy') != ''} {wave.__name__}"


# Costs


def spin(here: Here) -> str:
    end = time.process_time() + here.number("milliseconds") / 1000
    while time.process_time() < end:
        pass
    return ""


def spin_in_children(here: Here) -> str:
    """Burn time where wait() alone does not see it: in a child that is not waited for, and one left behind."""
    attempt(lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    ended, held = os.pipe()
    for _ in range(2):
        if os.fork() == 0:
            os.setsid()
            spin(here)
            os._exit(0)
    os.close(held)
    os.read(ended, 1)  # returns when no child holds the other end any more, however busy the machine
    return ""


def endless(here: Here) -> None:
    while True:
        pass


def grow(here: Here) -> None:
    kept = []
    while True:
        kept.append(bytearray(os.urandom(1024)) * 4096)
        time.sleep(0.002)


def grow_shared(here: Here) -> None:
    area = mmap.mmap(-1, 1 << 31)
    while True:
        area.write(b"x" * (1 << 22))
        time.sleep(0.002)


def grow_scratch(here: Here) -> None:
    with (Path(os.environ["TMPDIR"]) / "big").open("wb") as file:
        while True:
            file.write(b"x" * (1 << 22))
            file.flush()
            time.sleep(0.002)


def grow_in_programs(here: Here) -> None:
    """Fresh programs, each smaller than the zygote that the cell was forked from."""
    code = "import time; a = bytearray(24 << 20); time.sleep(30)"
    children = [subprocess.Popen([sys.executable, "-S", "-c", code]) for _ in range(6)]
    for child in children:
        child.wait()


def hold(here: Here) -> str:
    kept = os.urandom(here.number("bytes"))
    time.sleep(0.2)
    return str(len(kept))


def hold_with_children(here: Here) -> str:
    """The same pages in five processes."""
    kept = os.urandom(here.number("bytes"))
    for _ in range(4):
        if os.fork() == 0:
            time.sleep(0.3)
            os._exit(len(kept) and 0)
    time.sleep(0.35)
    return ""


def multiply(here: Here) -> None:
    """A fork bomb that stops by itself at 2^generations: it must be seen and ended long before."""
    for _ in range(here.number("generations")):
        os.fork()
    time.sleep(30)


def daemon(here: Here) -> str:
    """Detach in the classical way and stay; the marker in the command line is what the test looks for."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv(sys.executable, [sys.executable, "-S", "-c", "import time; time.sleep(20)", here.text("marker")])
        os._exit(0)
    time.sleep(0.2)
    return ""


# Answers


def write_large(here: Here) -> None:
    (here.answer / "big").write_bytes(b"x" * here.number("bytes"))


def write_sparse(here: Here) -> None:
    with (here.answer / "big").open("wb") as file:
        file.truncate(here.number("bytes"))


def write_many(here: Here) -> None:
    for index in range(17):
        (here.answer / str(index)).write_text("x")


def write_link(here: Here) -> None:
    (here.answer / "link").symlink_to("/etc/passwd")


def write_pipe(here: Here) -> None:
    os.mkfifo(here.answer / "pipe")


def write_folder(here: Here) -> None:
    (here.answer / "folder").mkdir()


# Attacks


def read(here: Here) -> str:
    return attempt(lambda: Path(here.text("path")).read_bytes())


def list_folder(here: Here) -> str:
    return attempt(lambda: [path.name for path in Path(here.text("path")).iterdir()])


def write(here: Here) -> str:
    return attempt(lambda: Path(here.text("path")).write_text("changed"))


def make(here: Here) -> str:
    return attempt(lambda: Path(here.text("path")).touch(exist_ok=False))


def change_mode(here: Here) -> str:
    return attempt(lambda: Path(here.text("path")).chmod(0o640))


def import_hidden(here: Here) -> str:
    import importlib

    return attempt(lambda: importlib.import_module(here.text("module")))


def _zygote() -> int:
    """The zygote's id as /proc shows it: the parent of the process that has this one as its child."""
    listed = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    for pid in sorted(listed):
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        if b"interpbench.run.isolate.zygote" in command and b"bwrap" not in command:
            return pid
    raise OSError("no zygote to be seen")


def _zygote_or(here: Here) -> int:
    """As told, or found: inside a bubblewrap the zygote has another id than outside."""
    return here.number("zygote") if here.number("zygote") else _zygote()


def read_zygote_environment(here: Here) -> str:
    return attempt(lambda: Path(f"/proc/{_zygote_or(here)}/environ").read_bytes())


def read_zygote_memory(here: Here) -> str:
    def peek() -> bytes:
        with Path(f"/proc/{_zygote_or(here)}/mem").open("rb", buffering=0) as memory:
            memory.seek(id(ZYGOTE_SECRET))
            return memory.read(16 + len(ZYGOTE_SECRET))

    return attempt(peek)


def trace_zygote(here: Here) -> str:
    def trace() -> str:
        libc = ctypes.CDLL(None, use_errno=True)
        attach, detach = 0x4206, 17  # PTRACE_SEIZE does not stop it
        pid = _zygote_or(here)
        if libc.ptrace(attach, pid, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")
        libc.ptrace(detach, pid, None, None)
        return "traced"

    return attempt(trace)


def signal_zygote(here: Here) -> str:
    return attempt(lambda: os.kill(_zygote_or(here), 0))


def signal_init(here: Here) -> str:
    """The cell's own init is process 1 of its namespace; were it gone, so would be this cell."""

    def kill() -> None:
        for number in (signal.SIGKILL, signal.SIGSTOP):
            os.kill(1, number)

    return attempt(kill)


def connect_tcp(here: Here) -> str:
    def connect() -> str:
        with socket.create_connection(("127.0.0.1", here.number("port")), timeout=2):
            return "connected"

    return attempt(connect)


def listen_tcp(here: Here) -> str:
    def listen() -> str:
        with socket.socket() as channel:
            channel.listen()
            return "listening"

    return attempt(listen)


def bind_tcp(here: Here) -> str:
    def bind() -> str:
        with socket.socket() as channel:
            channel.bind(("127.0.0.1", 0))
            return "bound"

    return attempt(bind)


def connect_fast(here: Here) -> str:
    """Connects while it sends, without connect(2)."""

    def post() -> int:
        with socket.socket() as channel:
            return channel.sendto(b"x", socket.MSG_FASTOPEN, ("127.0.0.1", here.number("port")))

    return attempt(post)


def open_socket(here: Here) -> str:
    def make() -> str:
        with socket.socket(here.number("family"), here.number("kind"), here.number("protocol")):
            return "made"

    return attempt(make)


def look_up(here: Here) -> str:
    return attempt(lambda: socket.getaddrinfo(here.text("name"), 80, type=socket.SOCK_STREAM)[0][4][0])


def tell_secret(here: Here) -> str:
    """As a careless method: it prints its key, answers with it, and fails with it."""
    secret = str(here.payload.get("secret"))
    print(f"my key is {secret}")
    (here.answer / "again").write_text(f"{len(secret)} {secret}")
    if here.payload.get("fail"):
        raise RuntimeError("x" * here.number("fail") + secret)
    return secret


def send_udp(here: Here) -> str:
    def post() -> int:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            return channel.sendto(b"x", ("127.0.0.1", here.number("port")))

    return attempt(post)


def connect_unix(here: Here) -> str:
    def connect() -> str:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(here.text("address").replace("@", "\0"))
            return "connected"

    return attempt(connect)


def redirect_pair(here: Here) -> str:
    """A pair needs no socket(2), and a datagram one can be pointed elsewhere."""

    def post() -> int:
        ours, _theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        return ours.sendto(b"x", here.text("address"))

    return attempt(post)


def new_namespace(here: Here) -> str:
    def unshare() -> int:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(0x1000_0000) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        return 0

    return attempt(unshare)


def anonymous_file(here: Here) -> str:
    return attempt(lambda: os.close(os.memfd_create("hidden")))


def open_files(here: Here) -> str:
    def is_open(fd: int) -> bool:
        try:
            os.fstat(fd)
        except OSError:
            return False
        return True

    return " ".join(str(fd) for fd in range(256) if is_open(fd))


# Queries


def query(here: Here) -> str:
    assert here.queries is not None
    return ask(here.queries, b"ping").decode()


def query_often(here: Here) -> str:
    assert here.queries is not None
    start = time.perf_counter()
    for _ in range(here.number("times")):
        ask(here.queries, b"x" * 100)
    return str(time.perf_counter() - start)


def query_at_once(here: Here) -> str:
    """Many requests before the first reply is read, in pieces that respect no boundary."""
    assert here.queries is not None
    request = (4).to_bytes(4, "big") + b"ping"
    here.queries.sendall(request * 50 + request[:3])
    here.queries.sendall(request[3:])
    replies = b""
    while len(replies) < 51 * 8:
        replies += here.queries.recv(4096)
    return replies[-4:].decode()


def query_half(here: Here) -> None:
    """Half a request, and then nothing: the parent must not wait for the rest."""
    assert here.queries is not None
    here.queries.sendall(b"\0\0\0\x09half")
    endless(here)


def query_deaf(here: Here) -> None:
    """Ask for much and never listen."""
    assert here.queries is not None
    here.queries.sendall((1).to_bytes(4, "big") + b"x")
    endless(here)


def query_huge(here: Here) -> None:
    assert here.queries is not None
    here.queries.sendall(b"\xff\xff\xff\xff")
    time.sleep(5)
