"""Every file of a site: what is said, what is escaped, what is linked."""

import io
import json
import re
from html.parser import HTMLParser
from pathlib import PurePosixPath

import pandas as pd
import pytest
from sites import board, cells, site

from interpbench.report.site.answers import payload, script
from interpbench.report.site.files import Site, files
from interpbench.report.site.overview import NOT_ENTERED, profile
from interpbench.report.site.sources import Shown, leading
from interpbench.report.site.views.panel import Panels
from interpbench.report.site.words import words_of
from interpbench.tracks.registry import TRACKS

HOSTILE = '<script>alert("x")</script>'
METHODS = ["scalars/weight-norm", "llc", "confidence", HOSTILE, "../../../outside", "Upper", "upper"]


@pytest.fixture(scope="module")
def built() -> dict[str, bytes]:
    panels = Panels(
        questions={"generalization/one": {"generalization/one#0000": "<p>truth</p>"}},
        answers={"llc": {"generalization/one#0000": "<p>said</p>"}},
    )
    made = list(files(site(["generalization", "extraction"], METHODS, 30, panels)))
    assert len({name.lower() for name, _ in made}) == len(made)  # no file twice, also where case does not count
    return dict(made)


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [value for key in ("href", "src") if (value := given.get(key))]
        if tag == "script":
            self.scripts.append(given.get("src") or "")


def pages(built: dict[str, bytes]) -> dict[str, Links]:
    found = {}
    for name, content in built.items():
        if name.endswith(".html"):
            found[name] = Links()
            found[name].feed(content.decode())
    return found


def test_every_link_leads_to_a_file_of_the_site(built: dict[str, bytes]) -> None:
    for name, page in pages(built).items():
        for link in page.links:
            path, _, anchor = link.partition("#")
            if link.startswith("data:"):
                continue
            assert "//" not in link, f"{name} leaves the folder: {link}"
            target = PurePosixPath(name) if not path else PurePosixPath(name).parent / path
            parts: list[str] = []
            for part in target.parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            assert "/".join(parts) in built, f"{name}: {link}"
            if anchor and "=" not in anchor and not path:
                assert anchor in page.ids


def test_what_others_wrote_is_escaped(built: dict[str, bytes]) -> None:
    for name, page in pages(built).items():
        assert all(page.scripts), f"{name} has a script of its own"
    assert any(b"&lt;script&gt;alert" in content for name, content in built.items() if name.endswith(".html"))
    assert all(HOSTILE.encode() not in content for name, content in built.items() if name.endswith((".html", ".js")))


def test_no_file_leaves_the_folder(built: dict[str, bytes]) -> None:
    assert all(".." not in PurePosixPath(name).parts and not name.startswith("/") for name in built)


def test_ids_are_unique_on_each_page(built: dict[str, bytes]) -> None:
    for name, page in pages(built).items():
        assert len(page.ids) == len(set(page.ids)), name


def test_every_page_says_where_its_figures_come_from_and_that_they_are_self_run(built: dict[str, bytes]) -> None:
    for name, content in built.items():
        if name.endswith(".html"):
            text = content.decode()
            assert "0123456789" in text.partition("<footer>")[2], name
            assert "self-run" in text


def test_tables_are_tables_for_screen_readers(built: dict[str, bytes]) -> None:
    text = built["tracks/quick-generalization.html"].decode()
    tables = text.count("<table")
    assert tables == text.count("<caption>") > 3
    assert text.count('scope="col"') == text.count("aria-describedby") > 30
    for about in re.findall(r'aria-describedby="([^"]+)"', text):
        assert f'id="{about}"' in text


def test_downloads_hold_the_board_and_the_answers(built: dict[str, bytes]) -> None:
    board_json = json.loads(built["downloads/quick-generalization.json"])
    assert [row["name"] for row in board_json["tracks"][0]["rows"]] == METHODS
    figures = pd.read_parquet(io.BytesIO(built["downloads/quick-generalization.parquet"]))
    as_text = pd.read_csv(io.BytesIO(built["downloads/quick-generalization.csv"]))
    assert len(figures) == len(as_text) > len(METHODS)
    answers = pd.read_parquet(io.BytesIO(built["downloads/quick-generalization-answers.parquet"]))
    assert len(answers) == 30 * len(METHODS)
    assert b"\\begin{table}" in built["downloads/quick-generalization.tex"]


def read(content: bytes) -> tuple[str, dict[str, object]]:
    found = re.fullmatch(r"window\.interpbench\.receive\((\".*?\"),(\{.*\})\);\n", content.decode())
    assert found is not None
    return json.loads(found[1]), json.loads(found[2])


def test_single_answers_are_in_scripts_of_their_own(built: dict[str, bytes]) -> None:
    name, given = read(built["data/quick-generalization/cells/llc.js"])
    assert name == "quick-generalization/cells/llc"
    assert len(given["instance"]) == 30  # type: ignore[arg-type]
    assert given["questions"] == {"generalization/one": "generalization--one"}  # of the other task there are none
    assert given["answers"] is True
    assert read(built["data/quick-generalization/answers/llc.js"])[1] == {"generalization/one#0000": "<p>said</p>"}


def test_a_payload_is_what_the_table_of_cells_says() -> None:
    frame = cells("generalization", ["one"], 40)
    given = payload(frame)
    for at, line in enumerate(frame.itertuples()):
        for part in ("task", "kind", "status", "reason"):
            assert given[part]["names"][given[part]["at"][at]] == getattr(line, part)
        assert given["units"][at] == line.units
    assert given["values"]["rare"][:3] == [None, None, given["values"]["score"][2]]
    assert given["titles"] == {}  # of an invented track's values none is a metric of the real one
    assert "missing" not in given["values"]


def test_no_text_can_end_its_script() -> None:
    text = script("x", {"a": "</script><!--\u2028"})
    assert "<" not in text
    assert text.isascii()
    assert read(text.encode())[1] == {"a": "</script><!--\u2028"}


def test_a_track_that_a_method_does_not_enter_is_no_zero() -> None:
    first, second = board("generalization", ["both", "only"]), board("extraction", ["both", "other"])
    grid = profile([Shown(board=made, track=made.tracks[0]) for made in (first, second)])
    by_name = {line.cells[0].text: line.cells for line in grid.lines}
    assert by_name["only"][3].why == ""
    assert (by_name["only"][4].text, by_name["only"][4].why, by_name["only"][4].order) == ("n/a", NOT_ENTERED, None)
    assert not any("mean" in column.key or "overall" in column.key for column in grid.columns)


@pytest.mark.parametrize("track", sorted(TRACKS))
def test_every_track_is_told_in_plain_words(track: str) -> None:
    words = words_of(track)
    assert words is not None
    assert len(words.example) >= 3


def test_a_track_that_nobody_described_still_has_pages() -> None:
    made = dict(files(site(["brand-new"], ["a", "b", "c"])))
    assert b"Nobody has described" in made["plain-words.html"]
    assert "tracks/quick-brand-new.html" in made
    assert b"built from boards alone" in made["index.html"]


def test_an_overview_shows_one_board_of_each_track_and_links_the_others() -> None:
    here = site(["generalization", "extraction"], ["a", "b"], 3).shown
    there = [
        Shown(board=one.board.model_copy(update={"suite": "standard"}), track=one.track)
        for one in here
        if one.track.track == "generalization"
    ]
    alone = Shown(board=here[1].board.model_copy(update={"suite": "lm"}), track=here[1].track)
    for order in ([*here, *there], [*there, *here]):
        assert leading(order) == list(here)
    assert leading([here[0], alone]) == [here[0], alone]  # a track that has no other board
    made = dict(files(Site(shown=[*there, *here], methods={}, tasks={}, figures={})))
    overview = made["index.html"].decode()
    assert overview.count('href="tracks/standard-generalization.html"') == 1  # below, among other suites
    assert 'href="../tracks/standard-generalization.html"' in made["tracks/quick-generalization.html"].decode()
    assert 'href="../tracks/quick-generalization.html"' in made["tracks/standard-generalization.html"].decode()


def test_an_empty_board_gives_a_site_that_says_so() -> None:
    made = board("generalization", ["a", "b", "c"])
    track = made.tracks[0].model_copy(update={"rows": [], "groups": [], "rival": None})
    shown = Shown(board=made.model_copy(update={"tracks": [track]}), track=track)
    found = dict(files(Site(shown=[shown], methods={}, tasks={}, figures={})))
    assert b"No board has a row." in found["index.html"]
