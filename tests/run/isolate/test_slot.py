"""How cells end, what they leave behind, and what becomes of the slot."""

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from interpbench.bundle.outcome import Limits, Status
from interpbench.run.isolate import CellJob, Isolation, IsolationError, Slot
from interpbench.run.isolate.slot import SlotClosed
from interpbench.run.isolate.watch import Watch
from interpbench.run.isolate.wire import Stop, send

from .conftest import CELLS, ENTRY, Bench


def test_a_good_cell_answers_and_is_measured(bench: Bench) -> None:
    outcome = bench.run("good")
    assert (outcome.status, outcome.reason) == (Status.OK, "")
    assert outcome.files == {"result": b"the question of mine"}
    assert outcome.log == "hello from the cell\n"
    assert 0 < outcome.cost.wall_seconds < 2


def test_honest_code_finds_what_it_needs(bench: Bench) -> None:
    assert bench.result("workshop") == "6 1 True wave"


@pytest.mark.parametrize(
    ("do", "status", "reason"),
    [
        ("crash", Status.CRASHED, "ZeroDivisionError: of my own making"),
        ("silent", Status.NO_ANSWER, "it ended without writing a file"),
        ("stop", Status.NOT_APPLICABLE, "not my kind of question"),
        ("leave", Status.CRASHED, "its process ended by itself with status 7, before the entry function returned"),
        ("fault", Status.CRASHED, "its process was killed by SIGSEGV"),
    ],
)
def test_each_ending_has_its_status_and_reason(bench: Bench, do: str, status: Status, reason: str) -> None:
    outcome = bench.run(do)
    assert (outcome.status, outcome.reason) == (status, reason)
    assert outcome.files == {}


def test_an_ending_that_a_busy_parent_sees_late_has_the_same_reason(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = Watch._wait

    def late(watch: Watch) -> None:
        time.sleep(0.3)  # by now everything has been reported, and waits
        wait(watch)

    monkeypatch.setattr(Watch, "_wait", late)
    assert bench.run("leave").reason.startswith("its process ended by itself with status 7")


def test_a_crash_leaves_its_traceback_in_the_log(bench: Bench) -> None:
    assert "in crash" in bench.run("crash").log


def test_of_a_long_log_the_end_is_kept(bench: Bench) -> None:
    log = bench.run("talk").log
    assert log.endswith("the end\n")
    assert len(log) == 64 * 1024


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        ("write_large", "the answer is larger than 100000 bytes"),
        ("write_sparse", "the answer is larger than 100000 bytes"),
        ("write_many", "the answer has more than 16 files"),
        ("write_link", "answer file 'link' cannot be read: Too many levels of symbolic links"),
        ("write_pipe", "answer file 'pipe' is not a plain file"),
        ("write_folder", "answer file 'folder' is not a plain file"),
    ],
)
def test_an_answer_folder_out_of_order_is_refused(bench: Bench, do: str, reason: str) -> None:
    outcome = bench.run(do, bytes=100_001)
    assert (outcome.status, outcome.reason, outcome.files) == (Status.INVALID_ANSWER, reason, {})


def test_an_answer_that_fills_the_folder_is_too_large_not_a_crash(bench: Bench) -> None:
    assert bench.run("write_large", bytes=10_000_000).status is Status.INVALID_ANSWER


def test_nothing_of_one_cell_is_there_for_the_next(bench: Bench) -> None:
    scratch = bench.result("list_folder", path=".")
    assert scratch in {"worked: []", "worked: ['.shm']"}
    assert set(bench.run("good").files) == {"result"}


def test_few_environment_variables_get_in(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    with Slot(level=bench.level, entry=ENTRY, bundles=bench.bundles) as slot:
        names = Bench(slot, bench.level, bench.bundles, bench.plugin).result("environment").split()
    assert "SECRET_TOKEN" not in names
    assert len(names) < 25


def test_only_the_channels_are_open(bench: Bench) -> None:
    assert bench.result("open_files") == "0 1 2 3"


def test_a_stop_that_comes_too_late_harms_nobody(bench: Bench) -> None:
    zygote = bench.zygote
    assert bench.slot._zygote is not None
    send(bench.slot._zygote.control, Stop(hard=True))
    assert bench.run("good").status is Status.OK
    assert bench.zygote == zygote


def test_a_killed_zygote_is_replaced(bench: Bench) -> None:
    os.kill(bench.zygote, signal.SIGKILL)
    time.sleep(0.1)
    assert bench.run("good").status is Status.OK


def test_a_zygote_killed_under_a_cell_is_a_crash_and_then_replaced(bench: Bench) -> None:
    threading.Timer(0.3, os.kill, (bench.zygote, signal.SIGKILL)).start()
    outcome = bench.run("endless")
    assert (outcome.status, outcome.reason) == (Status.CRASHED, "its zygote died, and the cell with it")
    assert bench.run("good").status is Status.OK


def test_two_slots_in_threads_do_not_meet(bench: Bench) -> None:
    outcomes: list[tuple[str, bytes]] = []

    def work(bundle: str) -> None:
        with Slot(level=bench.level, entry=ENTRY, bundles=bench.bundles) as slot:
            mine = Bench(slot, bench.level, bench.bundles, bench.plugin)
            outcomes.extend((bundle, mine.run("good", bundle=bundle).files["result"]) for _ in range(5))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("mine", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 10
    assert all(answer == f"the question of {name}".encode() for name, answer in outcomes)


def test_a_slot_outlives_the_thread_that_started_it(bench: Bench) -> None:
    with Slot(level=bench.level, entry=ENTRY, bundles=bench.bundles) as slot:
        mine = Bench(slot, bench.level, bench.bundles, bench.plugin)
        thread = threading.Thread(target=mine.run, args=("good",))
        thread.start()
        thread.join()
        first = mine.zygote
        time.sleep(0.1)
        mine.run("good")
        assert mine.zygote == first


def test_a_plugin_from_a_new_place_is_shown(bench: Bench, tmp_path: Path) -> None:
    plugin = tmp_path / "loose.py"
    plugin.write_text("NAME = 'loose'\n")
    mine = Bench(bench.slot, bench.level, bench.bundles, plugin)
    assert mine.result("read", path=str(plugin)).startswith("worked")
    # and the next cell, which did not come with it, cannot read it
    if bench.level is not Isolation.PROCESS:
        assert bench.result("read", path=str(plugin)).startswith("refused")


def test_closing_leaves_no_process_and_no_file(bench: Bench) -> None:
    slot = Slot(level=bench.level, entry=ENTRY, bundles=bench.bundles)
    zygote = Bench(slot, bench.level, bench.bundles, bench.plugin).zygote
    folder = slot._folder
    slot.close()
    assert not psutil.pid_exists(zygote)
    assert not folder.exists()


def test_a_cell_whose_slot_is_closed_has_no_outcome(bench: Bench) -> None:
    slot = Slot(level=bench.level, entry=ENTRY, bundles=bench.bundles)
    mine = Bench(slot, bench.level, bench.bundles, bench.plugin)
    mine.run("good")
    threading.Timer(0.3, slot.close).start()
    with pytest.raises(SlotClosed):
        mine.run("endless")


_PARENT = """
import sys, time
sys.path.insert(0, {cells!r})
from pathlib import Path
from interpbench.bundle.outcome import Limits
from interpbench.run.isolate import CellJob, Isolation, Slot
slot = Slot(level=Isolation({level!r}), entry={entry!r}, bundles=Path({bundles!r}))
def job(do):
    return CellJob(id=do, payload={{"do": do}}, bundle=Path({bundles!r}) / "mine", plugin=None, limits=Limits())
slot.run(job("good"))
print(slot._zygote.pid, flush=True)
try:
    slot.run(job("endless"))
except KeyboardInterrupt:
    slot.close()
    print("closed", flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_when_the_parent_is_interrupted_or_killed_nothing_survives(bench: Bench, how: signal.Signals) -> None:
    code = _PARENT.format(cells=str(CELLS), level=str(bench.level), entry=ENTRY, bundles=str(bench.bundles))
    # tests that run in a shell's background inherit SIGINT ignored, and Python then installs no handler
    listening = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, preexec_fn=listening
    ) as parent:
        assert parent.stdout is not None
        zygote = psutil.Process(int(parent.stdout.readline()))
        time.sleep(0.3)
        family = [zygote, *zygote.children(recursive=True)]
        assert len(family) >= 3
        start = time.monotonic()
        parent.send_signal(how)
        if how is signal.SIGINT:
            assert parent.stdout.readline() == "closed\n"
            assert time.monotonic() - start < 2
        parent.wait()
    _gone, alive = psutil.wait_procs(family, timeout=3)
    assert alive == []


def test_an_entry_that_does_not_import_is_told(bench: Bench) -> None:
    with (
        Slot(level=bench.level, entry="no_such_module:run", bundles=bench.bundles) as slot,
        pytest.raises(IsolationError, match="could not import what it was told to: ModuleNotFoundError"),
    ):
        Bench(slot, bench.level, bench.bundles, bench.plugin).run("good")


def test_a_bundle_elsewhere_is_refused(bench: Bench, tmp_path: Path) -> None:
    job = CellJob(id="x", payload={}, bundle=tmp_path, plugin=None, limits=Limits())
    with pytest.raises(ValueError, match="must lie in the slot's folder"):
        bench.slot.run(job)


def test_without_fork_each_cell_is_a_fresh_process(
    tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    if bench.level is not Isolation.PROCESS:
        pytest.skip("only level process does without fork")
    with Slot(level=bench.level, entry=ENTRY, bundles=bench.bundles) as slot:
        slot._forks = False
        mine = Bench(slot, bench.level, bench.bundles, bench.plugin)
        assert mine.run("good").files == {"result": b"the question of mine"}
        assert mine.run("crash").reason == "ZeroDivisionError: of my own making"
        assert mine.run("endless", limits={"wall_seconds": 0.3}).status is Status.TIMEOUT
        assert 0.2 < mine.run("spin", milliseconds=300).cost.cpu_seconds < 0.45
        assert mine.run("grow").status is Status.OUT_OF_MEMORY
