"""All figures of a board."""

from collections.abc import Iterator, Sequence

from matplotlib.figure import Figure

from interpbench.report.figure import drawn
from interpbench.report.figures.cost import cost
from interpbench.report.figures.forest import forest
from interpbench.report.figures.heat import profiles, strata
from interpbench.report.scatter import scattered
from interpbench.score.board import Board

FORMS = ("svg", "pdf", "png")


def figures(board: Board) -> Iterator[tuple[str, Figure, str]]:
    """Name, figure and caption of each: by track, and of all tracks together where there are several."""
    for track in board.tracks:
        name = track.track
        yield f"{name}-forest", forest(track), f"{name}: skill in {track.headline} with 95% intervals, best first."
        yield (
            f"{name}-cost",
            cost(track),
            f"{name}: skill against CPU seconds of all cells, with the Pareto front; hollow: references, which are"
            " compared with nothing.",
        )
        yield (
            f"{name}-kinds",
            strata(track),
            f"{name}: by kind of question, with the number of questions; the colour is skill, hatched where there is"
            " no figure.",
        )
        if track.scatter is not None:
            one, other = (track.metrics[metric].title for metric in track.scatter)
            yield (
                f"{name}-scatter",
                scattered(track, *track.scatter),
                f"{name}: {other} against {one}, with 95% intervals; hollow: references, which are compared with"
                " nothing.",
            )
    if len(board.tracks) > 1:
        for families, what in ((True, "families"), (False, "methods")):
            yield (
                f"profile-{what}",
                profiles(board.tracks, families=families),
                f"Skill of {what} across tracks, of each the member that was best on suite dev; hatched: does not"
                " enter the track.",
            )


def figure_files(board: Board, forms: Sequence[str] = FORMS) -> dict[str, bytes]:
    """File name -> content, of every figure in every format; equal boards give equal bytes."""
    return {f"{name}.{form}": drawn(figure, form) for name, figure, _ in figures(board) for form in forms}
