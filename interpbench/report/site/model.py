"""What a table of the site is made of: plain values that templates print and tests read."""

from dataclasses import dataclass

from interpbench.report.table import Column


@dataclass(frozen=True, kw_only=True)
class Bar:
    """An interval as a picture: ends and value as shares of the axis, 0 at its left and 1 at its right end.

    Attributes:
        zero: where no difference is.
    """

    low: float
    value: float
    high: float
    zero: float


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell.

    Attributes:
        text: as printed.
        order: what the column is sorted by; None stands last in either direction.
        why: why there is no value; empty where there is one.
        link: page that it leads to, relative to the root of the site.
        share: -1 to 1, the depth of the cell's tint; None for none.
        small: a second line in small letters.
        bar: a picture beside the text.
    """

    text: str
    order: float | str | None = None
    why: str = ""
    link: str = ""
    share: float | None = None
    small: str = ""
    bar: Bar | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of a table, with what it is filtered by.

    Attributes:
        cells: one a column.
        family, tier: of the method, empty where the row is no method.
        cpu: CPU seconds, None where they say nothing.
        strong: whether its interval to the best rival excludes 0 in its favour.
        bound: whether it is the oracle or chance.
        command: what reproduces it; empty where nothing does.
    """

    cells: tuple[Cell, ...]
    family: str = ""
    tier: str = ""
    cpu: float | None = None
    strong: bool = False
    bound: bool = False
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table with all that is said about it.

    Attributes:
        name: unique on its page; part of permalinks and of names of downloads.
        caption: what it shows.
        columns: with what each means.
        lines: in the order in which they are shown first.
        notes: below it.
        short: keys of columns that are shown at first; none means all.
        filters: whether rows can be filtered by family, tier and cost.
        empty: what is said where there is no row.
        provenance: where its figures come from, where that is not what the whole page says.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    filters: bool = False
    empty: str = "Nothing to show."
    provenance: str = ""

    @property
    def families(self) -> list[str]:
        """Families of its rows, sorted."""
        return sorted({line.family for line in self.lines if line.family})

    @property
    def tiers(self) -> list[str]:
        """Tiers of its rows, from least access to most."""
        order = ("data", "behaviour", "weights", "checkpoints")
        return sorted({line.tier for line in self.lines if line.tier}, key=lambda tier: ((*order, tier)).index(tier))

    @property
    def marks(self) -> bool:
        """Whether a row is marked as better than the best rival."""
        return any(line.strong for line in self.lines)

    @property
    def missing(self) -> list[tuple[str, list[str]]]:
        """Reason -> the cells that have it, as `columns: rows`, rows with the same columns together."""
        found: dict[str, dict[tuple[str, ...], list[str]]] = {}
        for line in self.lines:
            here: dict[str, list[str]] = {}
            for column, cell in zip(self.columns, line.cells, strict=True):
                if cell.why:
                    here.setdefault(cell.why, []).append(column.title)
            for why, titles in here.items():
                found.setdefault(why, {}).setdefault(tuple(titles), []).append(line.cells[0].text)
        return [
            (why, [f"{', '.join(titles)}: {', '.join(names)}" for titles, names in cells.items()])
            for why, cells in sorted(found.items())
        ]
