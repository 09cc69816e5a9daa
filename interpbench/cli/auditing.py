"""The command that audits a track: runs what the audit rests on, and writes one page with its figures."""

from collections.abc import Collection
from pathlib import Path

from rich.console import Console

from interpbench.cli.errors import Exit, Stop
from interpbench.cli.running import run_cells, runner_of
from interpbench.plugins.discovery import MethodInfo, find_suite, methods, tasks
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import nearest
from interpbench.run.plan import make_plan
from interpbench.tracks.registry import TRACKS


def audit_track(track: str, suite: str, jobs: int, store: Path, isolation: str, output: Path) -> None:
    """`interpbench audit`."""
    if track not in TRACKS:
        raise Stop(Exit.USAGE, f"no track {track!r}{nearest(track, TRACKS)}")
    claims = TRACKS[track].load().claims
    named = {row for claim in claims for row in claim.rows}
    asked = [info for info in methods().values() if track in info.tracks and _needed(info, named)]
    runner = runner_of(make_plan(find_suite(suite), tasks(), asked), store, isolation, jobs)
    run_cells(runner)
    from interpbench.report.audit import write_audit
    from interpbench.run.audit import scores_of, trivial_numbers, yields

    try:
        page = write_audit(
            output,
            track=track,
            suite=f"{runner.plan.suite.name} {runner.plan.suite.version}",
            provenance=runner.provenance.model_dump(mode="json"),
            table=trivial_numbers(runner, track),
            kept=yields(runner, track),
            claims=claims,
            scores=scores_of(runner, track, named),
        )
    except OSError as error:
        raise Stop(Exit.STORE, f"{output}: {error.strerror}") from error
    Console().print(f"{page}", highlight=False)


def _needed(info: MethodInfo, rows: Collection[str]) -> bool:
    """Whether a method is a trivial number, or claims speak about one of its rows."""
    return info.family is Family.STATISTICS or any(info.row(variant) in rows for variant in info.card.variants)
