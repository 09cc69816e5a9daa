"""A cell with ports reaches them and nothing else; a secret reaches its cell and nothing else."""

import os
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from interpbench.run.isolate import Isolation, Slot
from interpbench.run.isolate.secret import MASK, masked

from .conftest import ENTRY, Bench
from .test_attacks import check

KEY = "sk-a-very-private-key-0123456789"


@pytest.fixture
def server() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def elsewhere() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture(scope="module")
def slot(bench: Bench) -> Iterator[Slot]:
    """Of its own, so that the others' zygote is not exchanged."""
    with Slot(level=bench.level, entry=ENTRY, bundles=bench.bundles) as slot:
        yield slot


@pytest.fixture
def online(bench: Bench, slot: Slot, server: int) -> Bench:
    return replace(bench, slot=slot, ports=(server,))


def test_a_cell_reaches_its_port_and_no_other(online: Bench, confined: bool, server: int, elsewhere: int) -> None:
    assert online.result("connect_tcp", port=server).startswith("worked")
    check(online.result("connect_tcp", port=elsewhere), confined)
    check(online.result("connect_fast", port=elsewhere), confined)


def test_without_ports_the_same_slot_gives_no_network(online: Bench, confined: bool, server: int) -> None:
    assert online.result("connect_tcp", port=server).startswith("worked")
    check(replace(online, ports=()).result("connect_tcp", port=server), confined)
    assert online.result("connect_tcp", port=server).startswith("worked")


def test_nobody_can_connect_to_a_cell(online: Bench, confined: bool) -> None:
    check(online.result("bind_tcp"), confined)
    check(online.result("listen_tcp"), confined)


def test_tcp_alone(online: Bench, confined: bool) -> None:
    datagrams, raw, local = (socket.AF_INET, socket.SOCK_DGRAM, 0), (socket.AF_NETLINK, 3, 0), (socket.AF_UNIX, 1, 0)
    for family, kind, protocol in (datagrams, raw, local):
        check(online.result("open_socket", family=family, kind=kind, protocol=protocol), confined)
    if confined:  # multipath TCP, which Landlock does not look at; not every kernel has it
        check(online.result("open_socket", family=socket.AF_INET, kind=socket.SOCK_STREAM, protocol=262), confined)
    for family in (socket.AF_INET, socket.AF_INET6):
        if family == socket.AF_INET or socket.has_ipv6:
            found = online.result("open_socket", family=family, kind=socket.SOCK_STREAM, protocol=6)
            assert found.startswith("worked") or "EAFNOSUPPORT" in found or "not supported" in found


def test_names_are_looked_up_without_udp(online: Bench) -> None:
    assert online.result("look_up", name="localhost").startswith("worked")


def test_what_it_reads_to_find_a_server_holds_no_keys(online: Bench, bench: Bench, confined: bool) -> None:
    assert online.result("read", path="/etc/hosts").startswith("worked")
    check(bench.result("read", path="/etc/hosts"), confined)


@pytest.mark.parametrize("path", ["/etc/passwd", "/etc/ssl/private", "store/key.json", "bundles/other/question.json"])
def test_it_reads_nothing_else_that_it_could_not_read_before(online: Bench, confined: bool, path: str) -> None:
    do = "list_folder" if path.endswith("private") else "read"
    found = online.result(do, path=str(online.bundles.parent / path))
    if confined or Path(path).exists():
        check(found, confined)


def test_it_sees_neither_tasks_nor_other_plug_ins_nor_the_zygote(online: Bench, confined: bool, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("SECRET = 1")
    check(online.result("import_hidden", module="interpbench_tasks"), confined)
    check(online.result("read", path=str(tmp_path / "other.py")), confined)
    for zygote in range(1, 5) if online.level is Isolation.BWRAP else [online.zygote]:
        check(online.result("read_zygote_environment", zygote=zygote), confined)
    check(online.result("write", path=str(online.plugin / "method.py")), confined)
    check(online.result("new_namespace"), confined)


def test_a_secret_arrives_and_is_taken_out_of_all_that_is_left(
    online: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    teller = replace(online, secret=KEY)
    told = teller.run("tell_secret")
    assert told.files == {"result": MASK.encode(), "again": f"{len(KEY)} {MASK}".encode()}
    assert told.log == f"my key is {MASK}\n"
    failed = teller.run("tell_secret", fail=5)
    assert failed.reason == f"RuntimeError: xxxxx{MASK}"
    cut = teller.run("tell_secret", fail=2000 - len("RuntimeError: ") - 20)
    assert cut.reason.endswith(f"x{MASK}")
    for outcome in (told, failed, cut):
        assert KEY[:8] not in f"{outcome.log}{outcome.reason}{outcome.files}"
    assert KEY not in "".join(capfd.readouterr())


def test_no_later_cell_and_no_zygote_knows_the_secret(online: Bench, bench: Bench) -> None:
    assert replace(online, secret=KEY).run("tell_secret").status == "ok"
    assert online.result("tell_secret") == "None"
    assert KEY not in online.result("environment")
    remembered = _memory(online.zygote)
    assert b"known to the zygote only" in remembered
    assert KEY.encode() not in remembered


def test_queries_and_a_secret_travel_side_by_side(online: Bench) -> None:
    answered = replace(online, secret=KEY).run("query", serve=lambda request: request + b"-pong")
    assert answered.files["result"] == b"ping-pong"


def test_short_keys_are_words() -> None:
    assert replace_word("none of them", "none") == "none of them"
    assert masked('{"key": "a\\"quoted-key"}', 'a"quoted-key') == f'{{"key": "{MASK}"}}'


def replace_word(text: str, secret: str) -> str:
    from interpbench.bundle.outcome import Cost, Status
    from interpbench.run.isolate import CellOutcome
    from interpbench.run.isolate.secret import without

    return without(CellOutcome(status=Status.OK, reason="", cost=Cost(), log=text), secret).log


def _memory(pid: int) -> bytes:
    """All that a process holds in private memory."""
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            if match := re.match(r"([0-9a-f]+)-([0-9a-f]+) rw-p", line):
                start, end = (int(bound, 16) for bound in match.groups())
                try:
                    memory.seek(start)
                    found.append(memory.read(end - start))
                except OSError:
                    continue
    return b"".join(found)


def test_the_environment_of_a_cell_with_a_network(online: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert "OPENAI_API_KEY" not in online.result("environment").split()
    assert os.environ["OPENAI_API_KEY"] == KEY
