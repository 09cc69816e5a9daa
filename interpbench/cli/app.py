"""The commands. What they do is elsewhere and imported when they run: `--help` must not wait for torch."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import interpbench

app = typer.Typer(
    name="interpbench",
    help="Compare interpretability methods on questions about networks whose answers are known.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 wrong input, 3 problems found, 4 damaged zoo, 5 unwritable store, "
    "6 no such isolation, 130 interrupted.",
)
zoo_app = typer.Typer(help="Train, verify and list the networks that tasks hand out.", no_args_is_help=True)
new_app = typer.Typer(help="Write the skeleton of a plug-in.", no_args_is_help=True)
check_app = typer.Typer(help="Run the contract of a plug-in on mock instances.", no_args_is_help=True)
board_app = typer.Typer(help="Publish a leaderboard: its site, its submissions, its gate.", no_args_is_help=True)
app.add_typer(zoo_app, name="zoo")
app.add_typer(new_app, name="new")
app.add_typer(check_app, name="check")
app.add_typer(board_app, name="board")

host_app = typer.Typer(
    help="Hold a ranked round: fresh networks from a secret salt, committed to before any plug-in runs.",
    no_args_is_help=True,
)
app.add_typer(host_app, name="host")


class Format(StrEnum):
    """Formats of `report`."""

    TERMINAL = "terminal"
    MARKDOWN = "markdown"
    CSV = "csv"
    LATEX = "latex"
    JSON = "json"
    PARQUET = "parquet"


SuiteOption = Annotated[str, typer.Option("--suite", "-s", help="Name of a suite, or the path of its YAML.")]
TaskOption = Annotated[
    list[str] | None, typer.Option("--task", "-t", help="Only this track or task (name or folder); may be repeated.")
]
MethodOption = Annotated[
    list[str] | None,
    typer.Option("--method", "-m", help="Only this method (name, folder or .py file); may be repeated."),
]
StoreOption = Annotated[Path, typer.Option(help="Where answers are kept.", envvar="INTERPBENCH_STORE")]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Cells at a time, one thread each.")]
IsolationOption = Annotated[str, typer.Option(help="bwrap, landlock, process, or auto: the strongest that works here.")]
STORE = Path(".interpbench")
LEADERBOARD = Path("leaderboard")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"interpbench {interpbench.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    del version


@app.command()
def run(
    suite: SuiteOption = "quick",
    task: TaskOption = None,
    method: MethodOption = None,
    jobs: JobsOption = 2,
    store: StoreOption = STORE,
    isolation: IsolationOption = "auto",
    retry: Annotated[bool, typer.Option(help="Run cells again that timed out, ran out of memory or crashed.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would run, and end.")] = False,
) -> None:
    """Run methods on a suite and print the board. What is stored is not run again."""
    from interpbench.cli.running import run_suite

    run_suite(suite, task or [], method or [], jobs, store, isolation, retry=retry, dry_run=dry_run)


@app.command()
def report(
    suite: SuiteOption = "quick",
    task: TaskOption = None,
    method: MethodOption = None,
    store: StoreOption = STORE,
    isolation: IsolationOption = "auto",
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.TERMINAL,  # noqa: A002
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file instead; for parquet, this folder.")
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", help="The most important columns only.")] = False,
    cells: Annotated[
        Path | None,
        typer.Option(help="Also write one track's judged cells as Parquet, which `compare` pairs rows with."),
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(help="Write every figure into this folder, as SVG, PDF and PNG.")
    ] = None,
    paper: Annotated[
        Path | None, typer.Option(help="Write a folder that pdflatex compiles: tables, figures, numbers as macros.")
    ] = None,
) -> None:
    """Print the board from what is stored; runs no method."""
    from interpbench.cli.outputs import report_suite

    report_suite(
        suite,
        task or [],
        method or [],
        store,
        isolation,
        format.value,
        output,
        short=brief,
        figures=figures,
        paper=paper,
        cells=cells,
    )


@app.command()
def export(
    hf: Annotated[Path, typer.Option("--hf", help="Folder for the Hugging Face datasets.")],
    suite: SuiteOption = "quick",
    task: TaskOption = None,
    method: MethodOption = None,
    store: StoreOption = STORE,
    isolation: IsolationOption = "auto",
) -> None:
    """Write questions and results as datasets that `datasets.load_dataset` reads; no key is in them."""
    from interpbench.cli.outputs import export_suite

    export_suite(suite, task or [], method or [], store, isolation, hf)


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help="methods, tasks, suites or tracks; all when left out.")] = "",
) -> None:
    """List what is installed. Imports no plug-in."""
    from interpbench.cli.listing import list_plugins

    list_plugins(what)


@app.command()
def info(name: Annotated[str, typer.Argument(help="A method, task, suite or track.")]) -> None:
    """Say what a method, task, suite or track is."""
    from interpbench.cli.listing import show_info

    show_info(name)


@app.command()
def calibrate(
    method: Annotated[list[str] | None, typer.Argument(help="Methods (names or paths); all when left out.")] = None,
    suite: SuiteOption = "dev",
    jobs: JobsOption = 2,
    store: StoreOption = STORE,
    isolation: IsolationOption = "auto",
) -> None:
    """Fix signs and scales on suite `dev` and write them into each `method.yaml`."""
    from interpbench.cli.running import calibrate_methods

    calibrate_methods(method or [], suite, jobs, store, isolation)


@app.command()
def verify(
    bundle: Annotated[
        Path | None, typer.Argument(help="A bundle that `submit` wrote; the store's scores when left out.")
    ] = None,
    suite: SuiteOption = "quick",
    store: StoreOption = STORE,
    isolation: IsolationOption = "auto",
    leaderboard: Annotated[
        Path, typer.Option(help="Folder whose built-in rows stand beside a bundle's.")
    ] = LEADERBOARD,
) -> None:
    """Judge every answer of a bundle, or of the store, afresh: with keys derived here, and no stated score."""
    if bundle is not None:
        from interpbench.cli.submitting import verify_bundle

        verify_bundle(bundle, leaderboard)
        return
    from interpbench.cli.running import verify_scores

    verify_scores(suite, store, isolation)


@app.command()
def submit(
    method: Annotated[list[str] | None, typer.Argument(help="Methods (names or paths), all their variants.")] = None,
    suite: SuiteOption = "quick",
    store: StoreOption = STORE,
    isolation: IsolationOption = "auto",
    output: Annotated[Path, typer.Option("--output", "-o", help="The bundle.")] = Path("submission.ibz"),
    authors: Annotated[list[str] | None, typer.Option(help="An author; may be repeated.")] = None,
    contact: Annotated[str, typer.Option(help="An address that may be published.")] = "",
    paper: Annotated[str, typer.Option(help="Address of a paper.")] = "",
    partial: Annotated[bool, typer.Option("--partial", help="Leave out tracks of which nothing has run.")] = False,
    with_source: Annotated[
        bool, typer.Option("--with-source", help="Pack the methods' code, text files only.")
    ] = False,
) -> None:
    """Pack a finished run into one file that others can verify without running the method."""
    from interpbench.cli.submitting import submit_run

    submit_run(
        method or [],
        suite,
        store,
        isolation,
        output,
        authors or [],
        contact,
        paper,
        partial=partial,
        with_source=with_source,
    )


@app.command()
def compare(
    run: Annotated[Path, typer.Argument(help="A bundle, or a store with a finished run.")],
    against: Annotated[Path, typer.Option(help="A leaderboard's folder.")] = LEADERBOARD,
    suite: SuiteOption = "quick",
    method: MethodOption = None,
    isolation: IsolationOption = "auto",
) -> None:
    """Hold rows against the published ones: paired differences to the best rival and to the best row."""
    from interpbench.cli.submitting import compare_rows

    compare_rows(run, against, suite, method or [], isolation)


@board_app.command("check")
def board_check(
    folder: Annotated[Path, typer.Argument(help="The leaderboard's folder.")] = LEADERBOARD,
    base: Annotated[
        Path | None,
        typer.Option(help="The same folder before the change: new submissions aside, nothing may have moved."),
    ] = None,
    changes: Annotated[
        Path | None,
        typer.Option(help="Output of `git diff-tree -r --no-renames --raw -z BEFORE AFTER`, to be checked."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the Markdown to this file, cut to a comment's length.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder that keeps derived keys for the next time.")] = None,
) -> None:
    """Judge every submission afresh, and see that nothing published has moved; Markdown for a pull request."""
    from interpbench.cli.submitting import check_leaderboard

    check_leaderboard(folder, base, output, cache, changes)


@board_app.command("add")
def board_add(
    bundle: Annotated[Path, typer.Argument(help="A bundle that `submit` wrote.")],
    name: Annotated[str, typer.Argument(help="Lower case with hyphens: the submission's folder.")],
    folder: Annotated[Path, typer.Option(help="The leaderboard's folder.")] = LEADERBOARD,
) -> None:
    """Verify a bundle and lay it with its summary into a leaderboard folder."""
    from interpbench.cli.submitting import add_submission

    add_submission(bundle, name, folder)


@app.command()
def audit(
    track: Annotated[str, typer.Argument(help="A track, e.g. `generalization`.")],
    suite: SuiteOption = "quick",
    jobs: JobsOption = 2,
    store: StoreOption = STORE,
    isolation: IsolationOption = "auto",
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the page and its figures.")] = Path(
        "audit"
    ),
) -> None:
    """Ask what every trivial number would score, by family, kind and recipe; write a page with figures."""
    from interpbench.cli.auditing import audit_track

    audit_track(track, suite, jobs, store, isolation, output)


@app.command()
def why(
    cell: Annotated[str, typer.Argument(help="`method:task:unit` as `run --dry-run` and the store name it.")],
    suite: SuiteOption = "quick",
    method: MethodOption = None,
    store: StoreOption = STORE,
    isolation: IsolationOption = "auto",
) -> None:
    """Explain why a cell would be taken from the store, or run again."""
    from interpbench.cli.running import explain_cell

    explain_cell(cell, suite, method or [], store, isolation)


@zoo_app.command("build")
def zoo_build(
    task: Annotated[list[str] | None, typer.Argument(help="Tasks (names or folders); all when left out.")] = None,
    jobs: JobsOption = 2,
    store: StoreOption = STORE,
) -> None:
    """Train the networks of tasks and pack them beside the task. An interrupted build goes on."""
    from interpbench.cli.zoos import build_zoos

    build_zoos(task or [], jobs, store)


@zoo_app.command("verify")
def zoo_verify(
    task: Annotated[list[str] | None, typer.Argument(help="Tasks (names or folders); all when left out.")] = None,
) -> None:
    """Re-derive every key and gate from the stored weights and the planted rules."""
    from interpbench.cli.zoos import verify_zoos

    verify_zoos(task or [])


@zoo_app.command("curves")
def zoo_curves(
    task: Annotated[list[str] | None, typer.Argument(help="Tasks (names or folders); all when left out.")] = None,
    jobs: JobsOption = 2,
    store: StoreOption = STORE,
) -> None:
    """Train the networks again and keep what they measured on the way, for the board's pages."""
    from interpbench.cli.zoos import curves_of_zoos

    curves_of_zoos(task or [], jobs, store)


@zoo_app.command("list")
def zoo_list() -> None:
    """List the zoos: networks, sizes, yields of the gates."""
    from interpbench.cli.zoos import list_zoos

    list_zoos()


@new_app.command("method")
def new_method(
    name: Annotated[str, typer.Argument(help="Lower case with hyphens, e.g. `my-method`.")],
    folder: Annotated[Path, typer.Option(help="Where the new folder goes.")] = Path(),
    track: Annotated[str, typer.Option(help="That it enters; more can be added by hand.")] = "generalization",
) -> None:
    """Write a working method for a track into a new folder."""
    from interpbench.cli.authoring import write_method

    write_method(name, folder, track)


@new_app.command("task")
def new_task(
    name: Annotated[str, typer.Argument(help="Lower case with underscores, e.g. `my_family`.")],
    folder: Annotated[Path, typer.Option(help="Where the new folder goes.")] = Path(),
) -> None:
    """Write a working family of the generalization track into a new folder."""
    from interpbench.cli.authoring import write_task

    write_task(name, folder)


@check_app.command("method")
def check_method(path: Annotated[str, typer.Argument(help="Name, folder or .py file.")]) -> None:
    """Run the contract of a method on mock instances, and name each fault."""
    from interpbench.cli.authoring import check_method_contract

    check_method_contract(path)


@check_app.command("task")
def check_task(path: Annotated[str, typer.Argument(help="Name or folder.")]) -> None:
    """Run the contract of a task on a few trained networks, and name each fault."""
    from interpbench.cli.authoring import check_task_contract

    check_task_contract(path)


RoundArgument = Annotated[Path, typer.Argument(help="Folder of the round.", metavar="FOLDER")]


@host_app.command("open")
def host_open(
    folder: RoundArgument,
    name: Annotated[str, typer.Option(help="Of the round: lower case, digits and hyphens.")],
    closes: Annotated[datetime, typer.Option(help="Until when submissions are taken, in UTC: 2027-03-01T12:00:00.")],
    suite: SuiteOption = "quick",
) -> None:
    """Begin a round on a suite's tasks and sizes."""
    from interpbench.cli.hosting import open_

    open_(folder, name, suite, closes)


@host_app.command("receive")
def host_receive(
    folder: RoundArgument,
    bundle: Annotated[Path, typer.Argument(help="By `interpbench submit --with-source`.")],
    name: Annotated[
        str, typer.Option("--as", help="Under which it is kept; the bundle's own name when left out.")
    ] = "",
) -> None:
    """Take a submission. Its code is read, not run."""
    from interpbench.cli.hosting import receive

    receive(folder, bundle, name)


@host_app.command("close")
def host_close(folder: RoundArgument, jobs: JobsOption = 2) -> None:
    """After the deadline: draw the salt, train the networks, and commit to salt, networks and keys."""
    from interpbench.cli.hosting import close

    close(folder, jobs)


@host_app.command("run")
def host_run(
    folder: RoundArgument,
    method: Annotated[
        list[str] | None, typer.Option("--method", "-m", help="Only these built-in methods beside the submitted ones.")
    ] = None,
    jobs: JobsOption = 2,
    isolation: IsolationOption = "auto",
) -> None:
    """Run the submitted plug-ins and the built-in methods, isolated, on the fresh networks."""
    from interpbench.cli.hosting import run

    run(folder, method or [], jobs, isolation)


@host_app.command("publish")
def host_publish(
    folder: RoundArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="New folder, to be published.")],
    isolation: IsolationOption = "auto",
) -> None:
    """Write board, answers, networks, keys and salt to a folder that anybody can check."""
    from interpbench.cli.hosting import publish

    publish(folder, output, isolation)


@host_app.command("check")
def host_check(
    folder: Annotated[Path, typer.Argument(help="What was published.", metavar="FOLDER")],
    retrain: Annotated[int, typer.Option(min=0, help="Networks of each task to train again from the salt.")] = 0,
    store: StoreOption = STORE,
) -> None:
    """Derive commitment, keys and scores of a published round again."""
    from interpbench.cli.hosting import check

    check(folder, retrain, store)


@board_app.command("build")
def board_build(
    source: Annotated[
        list[Path] | None,
        typer.Option("--from", help="A board's JSON, a folder of them, or a store; may be repeated."),
    ] = None,
    store: Annotated[
        Path | None, typer.Option(help="A store whose single answers are shown too.", show_default=False)
    ] = None,
    suite: SuiteOption = "quick",
    task: TaskOption = None,
    method: MethodOption = None,
    isolation: IsolationOption = "auto",
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the site.")] = Path("leaderboard/site"),
) -> None:
    """Write the static site: one folder that works without server and network.

    Without `--from` the boards of `leaderboard/tables` in the current folder. Suite, tasks and methods say what is read
    from a store; it must hold their answers, no method is run.
    """
    from interpbench.cli.boards import build_site

    build_site(source or [], store, suite, task or [], method or [], isolation, output)
