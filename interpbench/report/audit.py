"""The audit page: one Markdown file from a template, and heat maps of what every trivial number scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from interpbench.report.claims import claims_section
from interpbench.report.figure import save
from interpbench.report.matched import COPY, matched_section
from interpbench.score.audit import by_group, leave_out, solved_by
from interpbench.tracks.claim import Claim

HEADLINE = ("recipe", "fraction", "seed")
METADATA = "metadata: "
"""Features whose names begin like this are kept out of what a kind is labelled with."""


def write_audit(
    folder: Path,
    *,
    track: str,
    suite: str,
    provenance: Mapping[str, object],
    table: pd.DataFrame,
    kept: pd.DataFrame,
    claims: Sequence[Claim] = (),
    scores: pd.DataFrame | None = None,
) -> Path:
    """Writes `<track>.md` and its figures, and returns the page.

    Args:
        folder: made if need be.
        track: name of the track.
        suite: name and version.
        provenance: of the run, as JSON-able data.
        table: pairs and features, with the columns of `score.audit`.
        kept: networks kept and tried, by family, stratum and role.
        claims: published ones to be tested.
        scores: like `table`, of the rows that the claims speak about; with it they are tested.
    """
    folder.mkdir(parents=True, exist_ok=True)
    matched = matched_section(table)
    table = table[~table["feature"].str.startswith(COPY)]
    features = [str(name) for name in table["feature"].drop_duplicates()]
    told = [name for name in features if not name.startswith(METADATA)]
    kinds = by_group(table, ["kind"])
    kinds = kinds.set_index("kind").loc[_order(kinds["kind"].tolist())].reset_index()
    headline = table[table["kind"].isin(HEADLINE)]
    families = by_group(headline, ["family", "stratum"])
    families["name"] = families["family"] + " / " + families["stratum"]
    heat_map(kinds, "kind", features, "AUROC % by kind of pair", folder / f"{track}-kinds.svg")
    heat_map(families, "name", told, "AUROC % by family", folder / f"{track}-families.svg")
    tested = [] if scores is None else claims_section(scores, claims, HEADLINE, folder / f"{track}-claims.svg")
    recipes = solved_by(by_group(table, ["kind", "recipe", "family", "stratum"]), told)
    loader = jinja2.PackageLoader("interpbench.report")
    template = jinja2.Environment(
        loader=loader,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,
    ).get_template("audit.md.jinja")
    page = folder / f"{track}.md"
    text = template.render(
        track=track,
        suite=suite,
        provenance=provenance,
        headline=", ".join(HEADLINE),
        kinds=markdown(solved_by(kinds, told)[["kind", "pairs", "worse", "solved_by"]]),
        families_left_out=markdown(_left_out(headline, told, "family"), ["accuracy %"]),
        recipes_left_out=markdown(_left_out(headline, told, "recipe"), ["accuracy %"]),
        flips=markdown(_flips(headline, told), ["least", "most"]),
        leaks=_leaks(table, features),
        matched=matched,
        claims=tested,
        markdown=markdown,
        recipes=markdown(recipes[["kind", "recipe", "family", "stratum", "pairs", *told, "solved_by"]], told),
        yields=markdown(kept),
    )
    page.write_text(text, encoding="utf-8")
    return page


def heat_map(table: pd.DataFrame, index: str, features: Sequence[str], title: str, path: Path) -> None:
    """AUROC of features (columns) in groups (rows): blue above .5, red below, white where nothing is said.

    Args:
        table: one row a group, with a column `index` of names and one column a feature.
        index: the column of names.
        features: columns to show.
        title: above the figure.
        path: `.svg`, `.png` or `.pdf`.
    """
    values = table[list(features)].to_numpy(dtype=float)
    figure = Figure(figsize=(2.6 + 0.62 * len(features), 1.7 + 0.3 * len(table)), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(values, cmap="RdBu", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(
        range(len(features)), [name.removeprefix("metadata: ") for name in features], rotation=40, ha="right"
    )
    axes.set_yticks(range(len(table)), table[index].tolist())
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "white" if abs(value - 0.5) > 0.35 else "black"
            axes.text(column, row, f"{100 * value:.0f}", ha="center", va="center", color=colour, fontsize=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(title, loc="left", fontsize=11)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, ticks=[0, 0.5, 1])
    bar.set_ticklabels(["worse\nis larger", "says nothing", "better\nis larger"])
    bar.outline.set_visible(False)
    save(figure, path)


def markdown(table: pd.DataFrame, percent: Sequence[str] = ()) -> str:
    """A Markdown table; the columns of `percent` as whole per cent."""
    shown = table.copy()
    for name in percent:
        shown[name] = [("" if pd.isna(value) else f"{100 * value:.0f}") for value in table[name]]
    lines = ["| " + " | ".join(map(str, shown.columns)) + " |"]
    lines.append("|" + "|".join("---:" if pd.api.types.is_numeric_dtype(table[c]) else "---" for c in shown) + "|")
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in shown.itertuples(index=False)]
    return "\n".join(lines)


def _order(kinds: Sequence[str]) -> list[str]:
    known = [kind for kind in HEADLINE if kind in set(kinds)]
    return [*known, *sorted(set(kinds) - set(known))]


def _left_out(table: pd.DataFrame, features: Sequence[str], column: str) -> pd.DataFrame:
    found = leave_out(table[table["feature"].isin(features)], column)
    rows = [(one.left_out, one.accuracy, one.pairs) for one in found]
    if rows:
        rows.append(("mean", float(np.mean([one.accuracy for one in found])), sum(one.pairs for one in found)))
    return pd.DataFrame(rows, columns=[f"{column} left out", "accuracy %", "pairs"])


def _leaks(table: pd.DataFrame, features: Sequence[str]) -> str:
    names = [name for name in features if name.startswith(METADATA)]
    whole = by_group(table.assign(all="all"), ["all"]).iloc[0]
    told = ", ".join(f"{name.removeprefix(METADATA)} {100 * whole[name]:.0f}" for name in names)
    together = leave_out(table[table["feature"].isin(names)], "family")
    mean = 100 * float(np.mean([one.accuracy for one in together])) if together else float("nan")
    return (
        f"Over all {int(whole['pairs'])} pairs of networks, each once: {told}. All together, on families that they "
        f"were not fitted on: {mean:.0f}. The bundles of a pair are equal byte for byte but for tensor values; a test "
        "keeps it so."
    )


def _flips(table: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    groups = by_group(table, ["recipe"]).set_index("recipe")
    rows = [
        (name, groups[name].idxmin(), groups[name].min(), groups[name].idxmax(), groups[name].max())
        for name in features
        if groups[name].notna().any()
    ]
    return pd.DataFrame(rows, columns=["number", "lowest on", "least", "highest on", "most"])
