"""Which tables stand under a board's main one."""

from interpbench.report.headline import family_table
from interpbench.report.table import Table, access_table, inside_table, kind_table
from interpbench.score.board import TrackBoard


def further_tables(track: TrackBoard) -> dict[str, Table]:
    """`families`, `kinds`, `inside` (against rivals) and `access` tiers; what would compare nothing is left out."""
    tables = {"families": family_table(track), "kinds": kind_table(track)}
    if track.rival is not None and track.inside is not None:
        tables["inside"] = inside_table(track)
    if len({one.tier for one in track.access}) > 1:
        tables["access"] = access_table(track)
    return tables
