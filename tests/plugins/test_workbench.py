"""The workbench asks and judges as a run does; the oracle is right and silence is worth chance."""

import pytest

from interpbench.plugins.manifest import PluginError
from interpbench.plugins.workbench import Workbench


def test_oracle_is_right_and_silence_scores_chance() -> None:
    bench = Workbench("circuits/merged")
    ref = next(ref for ref in bench.refs if ref.kind == "merged")
    assert bench.score(ref, bench.oracle(ref)).values["nodes"] == 1.0
    silent = bench.score(ref, dict.fromkeys(ref.units))
    assert silent.values["nodes"] == 0.0
    assert not silent.answered


def test_a_task_that_the_suite_does_not_ask_about_is_refused() -> None:
    with pytest.raises(PluginError, match="suite smoke: no task 'circuits/gadget'"):
        _ = Workbench("circuits/gadget").refs
