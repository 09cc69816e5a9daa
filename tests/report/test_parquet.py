import io

import pandas as pd
from boards import typical

from interpbench.report.frame import FIELDS, board_frame
from interpbench.report.parquet import parquet

BOARD = typical()


def test_the_board_survives_as_it_is() -> None:
    frame = board_frame(BOARD)
    again = pd.read_parquet(io.BytesIO(parquet(frame)))
    assert list(again.columns) == list(FIELDS)
    pd.testing.assert_frame_equal(again, frame, check_dtype=False)
    exact = next(row for row in BOARD.tracks[0].rows if row.name == "good_one").metrics["accuracy"]
    (line,) = again[(again["method"] == "good_one") & (again["metric"] == "accuracy")].to_dict("records")
    assert (line["value"], line["low"], line["high"]) == (exact.value, exact.low, exact.high)


def test_what_is_not_available_is_missing_with_its_reason_and_never_zero() -> None:
    frame = board_frame(BOARD)
    missing = frame[(frame["method"] == "good_one") & (frame["metric"] == "tau")].to_dict("records")[0]
    assert missing["value"] != missing["value"]
    assert missing["reason"]


def test_equal_tables_are_equal_bytes() -> None:
    assert parquet(board_frame(BOARD)) == parquet(board_frame(BOARD))
