"""The commands. What they do is elsewhere and imported when they run: `--help` must not wait for torch."""

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
app.add_typer(zoo_app, name="zoo")
app.add_typer(new_app, name="new")
app.add_typer(check_app, name="check")


class Format(StrEnum):
    """Formats of `report`."""

    TERMINAL = "terminal"
    MARKDOWN = "markdown"
    CSV = "csv"
    LATEX = "latex"
    JSON = "json"


SuiteOption = Annotated[str, typer.Option("--suite", "-s", help="Name of a suite, or the path of its YAML.")]
TaskOption = Annotated[
    list[str] | None, typer.Option("--task", "-t", help="Only this task (name or folder); may be repeated.")
]
MethodOption = Annotated[
    list[str] | None,
    typer.Option("--method", "-m", help="Only this method (name, folder or .py file); may be repeated."),
]
StoreOption = Annotated[Path, typer.Option(help="Where answers are kept.", envvar="INTERPBENCH_STORE")]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Cells at a time, one thread each.")]
IsolationOption = Annotated[str, typer.Option(help="bwrap, landlock, process, or auto: the strongest that works here.")]
STORE = Path(".interpbench")


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
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead.")] = None,
    brief: Annotated[bool, typer.Option("--brief", help="The most important columns only.")] = False,
) -> None:
    """Print the board from what is stored; runs no method."""
    from interpbench.cli.running import report_suite

    report_suite(suite, task or [], method or [], store, isolation, format.value, output, short=brief)


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
    suite: SuiteOption = "quick",
    store: StoreOption = STORE,
    isolation: IsolationOption = "auto",
) -> None:
    """Score every stored answer afresh, from keys derived afresh, and compare with the stored scores."""
    from interpbench.cli.running import verify_scores

    verify_scores(suite, store, isolation)


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


@zoo_app.command("list")
def zoo_list() -> None:
    """List the zoos: networks, sizes, yields of the gates."""
    from interpbench.cli.zoos import list_zoos

    list_zoos()


@new_app.command("method")
def new_method(
    name: Annotated[str, typer.Argument(help="Lower case with hyphens, e.g. `my-method`.")],
    folder: Annotated[Path, typer.Option(help="Where the new folder goes.")] = Path(),
) -> None:
    """Write a working method into a new folder."""
    from interpbench.cli.authoring import write_method

    write_method(name, folder)


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
