"""`new` and `check`: from a name to a plug-in that passes the contract."""

from pathlib import Path

from interpbench.cli.errors import Exit, Stop
from interpbench.report.counted import counted
from interpbench.tracks.instance import Problem


def write_method(name: str, folder: Path, track: str) -> None:
    """`interpbench new method`."""
    from interpbench.plugins.scaffold import scaffold_method

    written = scaffold_method(name, folder, track)
    target = written[0].parent
    _next(
        written,
        [
            f"interpbench check method {_shown(target)}",
            f"interpbench calibrate {_shown(target)}",
            f"interpbench run --task {track} --method {_shown(target)}",
        ],
    )


def write_task(name: str, folder: Path) -> None:
    """`interpbench new task`."""
    from interpbench.plugins.scaffold import scaffold_task

    written = scaffold_task(name, folder)
    target = written[0].parent
    _next(
        written,
        [
            f"interpbench check task {_shown(target)}",
            f"interpbench zoo build {_shown(target)}",
            f"interpbench run --task {_shown(target)}",
        ],
    )


def _shown(path: Path) -> str:
    """A path that the other commands take for a path and not for a name."""
    text = str(path)
    return text if "/" in text else f"./{text}"


def _next(written: list[Path], commands: list[str]) -> None:
    for path in written:
        print(f"wrote {path}")
    print("next:")
    for command in commands:
        print(f"  {command}")


def check_method_contract(name: str) -> None:
    """`interpbench check method`."""
    import torch

    from interpbench.plugins.contract.methods import check_method
    from interpbench.plugins.discovery import find_method

    torch.set_num_threads(1)
    info = find_method(name)
    variants = len(info.card.variants)
    _verdict(
        check_method(info),
        f"{info.name}: keeps the contract ({variants} variant{'s' * (variants > 1)}, 3 architectures)",
    )


def check_task_contract(name: str) -> None:
    """`interpbench check task`."""
    import torch

    from interpbench.plugins.contract.tasks import check_task
    from interpbench.plugins.discovery import find_task

    torch.set_num_threads(1)
    info = find_task(name)
    _verdict(check_task(info, print), f"{info.name}: keeps the contract")


def _verdict(problems: list[Problem], good: str) -> None:
    for problem in problems:
        print(problem)
    if problems:
        raise Stop(Exit.PROBLEMS, counted(len(problems), "fault"))
    print(good)
