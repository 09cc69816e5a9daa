"""What a hostile cell may not do. At level `process` the same attack works: so the attack is a real one."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from interpbench.run.isolate import Isolation, Slot

from .conftest import ENTRY, Bench


def check(result: str, confined: bool) -> None:
    assert result.startswith("refused: " if confined else "worked: "), result


def test_reading_another_bundle(bench: Bench, confined: bool) -> None:
    check(bench.result("read", path=str(bench.bundles / "other" / "question.json")), confined)


def test_listing_the_bundles(bench: Bench, confined: bool) -> None:
    check(bench.result("list_folder", path=str(bench.bundles)), confined)


def test_reading_the_store(bench: Bench, confined: bool) -> None:
    check(bench.result("read", path=str(bench.bundles.parent / "store" / "key.json")), confined)


def test_reading_the_machine(bench: Bench, confined: bool) -> None:
    check(bench.result("read", path="/etc/passwd"), confined)


def test_importing_a_hidden_package(bench: Bench, confined: bool) -> None:
    check(bench.result("import_hidden", module="interpbench_tasks"), confined)


def test_changing_its_own_bundle(bench: Bench, confined: bool) -> None:
    path = bench.bundles / "mine" / "question.json"
    content = path.read_text()
    check(bench.result("write", path=str(path)), confined)
    assert (path.read_text() == content) is confined
    path.write_text(content)
    check(bench.result("make", path=str(path.parent / "new")), confined)
    (path.parent / "new").unlink(missing_ok=True)


def test_changing_modes_which_landlock_alone_would_allow(bench: Bench, confined: bool) -> None:
    path = bench.bundles / "mine" / "question.json"
    check(bench.result("change_mode", path=str(path)), confined)


def test_changing_plugin_code(bench: Bench, confined: bool) -> None:
    path = bench.plugin / "method.py"
    assert bench.result("read", path=str(path)).startswith("worked")
    check(bench.result("write", path=str(path)), confined)


@pytest.mark.parametrize("do", ["read_zygote_environment", "read_zygote_memory"])
def test_reading_the_zygote(bench: Bench, confined: bool, do: str) -> None:
    # In a bubblewrap the zygote's id is another one, and small: try those that it may have.
    for zygote in range(1, 5) if bench.level is Isolation.BWRAP else [bench.zygote]:
        check(bench.result(do, zygote=zygote), confined)


@pytest.mark.parametrize("do", ["trace_zygote", "signal_zygote"])
def test_reaching_for_the_zygote(bench: Bench, confined: bool, do: str) -> None:
    # In the cell's own namespace 1 and 2 are its init and itself; the zygote has no number there at all.
    for zygote in range(3, 6) if bench.level is Isolation.BWRAP else [bench.zygote]:
        check(bench.result(do, zygote=zygote), confined)


def test_finding_the_zygote(bench: Bench, confined: bool) -> None:
    check(bench.result("signal_zygote", zygote=0), confined)


def test_killing_its_own_init_does_nothing(bench: Bench, confined: bool) -> None:
    if not confined:
        pytest.skip("process 1 is the machine's there")
    assert bench.result("signal_init")


@pytest.fixture
def listeners(tmp_path: Path) -> Iterator[dict[str, int | str]]:
    with contextlib.ExitStack() as stack:
        tcp, udp = (
            stack.enter_context(socket.socket()),
            stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
        )
        abstract, named = (stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2))
        mailbox = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        tcp.bind(("127.0.0.1", 0))
        udp.bind(("127.0.0.1", 0))
        abstract.bind(f"\0{tmp_path}")
        named.bind(str(tmp_path / "named"))
        mailbox.bind(str(tmp_path / "mailbox"))
        for listener in (tcp, abstract, named):
            listener.listen()
        yield {"tcp": tcp.getsockname()[1], "udp": udp.getsockname()[1], "folder": str(tmp_path)}


def test_the_network(bench: Bench, confined: bool, listeners: dict[str, int | str]) -> None:
    check(bench.result("connect_tcp", port=listeners["tcp"]), confined)
    check(bench.result("send_udp", port=listeners["udp"]), confined)


def test_sockets_of_the_machine(bench: Bench, confined: bool, listeners: dict[str, int | str]) -> None:
    check(bench.result("connect_unix", address=f"@{listeners['folder']}"), confined)
    check(bench.result("connect_unix", address=f"{listeners['folder']}/named"), confined)
    check(bench.result("redirect_pair", address=f"{listeners['folder']}/mailbox"), confined)


def test_kernel_doors(bench: Bench, confined: bool) -> None:
    check(bench.result("new_namespace"), confined)
    check(bench.result("anonymous_file"), confined)


def test_hidden_packages_beside_others(
    bench: Bench, confined: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an ordinary installation: the hidden package lies in site-packages, among those that a cell needs."""
    packages = tmp_path / "site-packages"
    for name in ("secret_tasks", "open_library"):
        (packages / name).mkdir(parents=True)
        (packages / name / "__init__.py").write_text("")
    (packages / "secret_tasks-1.0.dist-info").mkdir()
    (packages / "secret_tasks-1.0.dist-info" / "METADATA").write_text("")
    monkeypatch.syspath_prepend(packages)
    with Slot(level=bench.level, entry=ENTRY, hidden=["secret_tasks"], bundles=bench.bundles) as slot:
        mine = Bench(slot, bench.level, bench.bundles, bench.plugin)
        assert mine.result("import_hidden", module="open_library").startswith("worked")
        check(mine.result("import_hidden", module="secret_tasks"), confined)
        check(mine.result("read", path=str(packages / "secret_tasks-1.0.dist-info" / "METADATA")), confined)
        shown = mine.result("list_folder", path=str(packages))
    if bench.level is Isolation.BWRAP:
        assert "secret" not in shown
