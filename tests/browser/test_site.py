"""The site as a reader meets it: opened as files, with mouse and keyboard, on wide and narrow screens."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sites import site

from interpbench.report.site.files import files
from interpbench.report.site.views.panel import Panels
from interpbench.report.site.write import write

HOSTILE = "<img src=x onerror=document.title='taken'>"
METHODS = ["llc", "sae/topk", "norm", "probe", "reader", "circuit", "early", "late", HOSTILE, "last-one"]
TRACK = "tracks/quick-generalization.html"
METHOD = "methods/llc.html"
ANSWERS = "#cells=quick-generalization&kind=odd"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    panels = Panels(
        questions={"generalization/two": {"generalization/two#0001": "<figure>the planted truth</figure>"}},
        answers={"llc": {"generalization/two#0001": "<figure>what llc said</figure>"}},
    )
    out = tmp_path_factory.mktemp("built") / "site"
    write(out, files(site(["generalization", "extraction"], METHODS, 130, panels)))
    return out


def names(page: Any, grid: str) -> list[str]:
    found: list[str] = page.locator(f"#{grid} tbody tr th").all_inner_texts()
    return [name.replace(" ▲", "") for name in found]


def column(page: Any, grid: str, key: str) -> list[str]:
    heads = page.locator(f"#{grid} thead th").evaluate_all("cells => cells.map(cell => cell.dataset.key)")
    return [
        str(text)
        for text in page.locator(f"#{grid} tbody tr").evaluate_all(
            f"rows => rows.map(row => row.cells[{heads.index(key)}].firstChild.textContent)"
        )
    ]


def sort_button(page: Any, grid: str, key: str) -> Any:
    return page.locator(f"#{grid} thead th[data-key={key}] [role=button]")


def test_a_column_is_sorted_by_click_and_by_keyboard_and_tells_screen_readers(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK)
    head = page.locator("#board thead th[data-key=cpu]")
    assert head.get_attribute("aria-sort") is None
    sort_button(page, "board", "cpu").click()
    assert head.get_attribute("aria-sort") == "descending"
    falling = [float(value) for value in column(page, "board", "cpu")]
    assert falling == sorted(falling, reverse=True)
    sort_button(page, "board", "cpu").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert column(page, "board", "cpu") == [f"{value:.1f}" for value in sorted(falling)]


def test_cells_without_a_value_stand_last_both_ways(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK + "#board.columns=all")
    for _ in range(2):
        sort_button(page, "board", "rare").click()
        assert column(page, "board", "rare")[-1] == "n/a"


def test_rows_are_filtered_by_text_family_tier_and_cost(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK)
    board = page.locator("#board")
    assert len(names(page, "board")) == len(METHODS)
    board.locator("input[type=search]").fill("sae/")
    assert names(page, "board") == ["sae/topk"]
    board.locator("button[type=reset]").click()
    page.wait_for_function("document.querySelectorAll('#board tbody tr').length === 10")
    board.locator("details.pick summary", has_text="families").click()
    board.get_by_label("circuits", exact=True).check()
    assert names(page, "board") == ["norm", "late"]
    assert "2 of 10 rows" in board.locator("output").inner_text()
    page.keyboard.press("Escape")
    assert board.locator("details.pick summary").all_inner_texts() == ["families (1)", "sees"]
    assert not board.locator("details.pick").first.get_attribute("open")
    board.get_by_label("CPU seconds at most").fill("3")
    assert names(page, "board") == ["norm"]


@pytest.mark.parametrize(
    ("query", "found"),
    [("copy", 0), ("smallest class", 0), ("TOPK sae", 1)],
)
def test_only_what_is_seen_is_searched(folder: Path, visit: Any, query: str, found: int) -> None:
    page = visit(folder, TRACK)
    page.locator("#board input[type=search]").fill(query)
    assert page.locator("#board tbody tr:has(td + td)").count() == found


def test_columns_that_are_hidden_are_searched_once_they_are_shown(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK)
    page.locator("#board input[type=search]").fill("checkpoints")
    assert not page.locator("#board tbody tr:has(td + td)").count()
    page.locator("#board [data-do=columns]").click()
    assert page.locator("#board tbody tr:has(td + td)").count() == 2


def test_pictures_are_not_sorted(folder: Path, visit: Any) -> None:
    page = visit(folder, METHOD)
    heads = page.locator("#strata-quick-generalization thead th")
    assert heads.filter(has_text="questions").get_by_role("button").count() == 1
    assert heads.filter(has_text="picture").get_by_role("button").count() == 0


def test_the_current_page_is_underlined(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK)
    lines = page.locator("header nav a").evaluate_all("a => a.map(one => getComputedStyle(one).textDecorationLine)")
    assert lines.count("underline") == 1


def test_names_break_between_words_on_a_phone_and_tables_show_that_there_is_more(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK + "#board.columns=all", viewport={"width": 360, "height": 800})
    name = page.locator("#board tbody th a", has_text="sae/topk")
    breaks = "name => getComputedStyle(name.querySelector('wbr')).display !== 'none'"
    assert name.inner_html() == "sae/<wbr>topk"
    assert name.evaluate(breaks)
    assert page.locator("#board tbody th").first.evaluate("cell => getComputedStyle(cell).overflowWrap") != "anywhere"
    frame = page.locator("#board .scroll")
    page.locator("#board .scroll.beyond").wait_for()
    frame.evaluate("frame => frame.scrollTo({ left: frame.scrollWidth, behavior: 'instant' })")
    page.locator("#board .scroll:not(.beyond)").wait_for()
    page.set_viewport_size({"width": 900, "height": 800})
    assert not name.evaluate(breaks)  # there is room: names stand in one line


@pytest.mark.parametrize("scripts", [True, False])
def test_paper_is_light_and_holds_whole_tables(folder: Path, visit: Any, scripts: bool) -> None:
    page = visit(
        folder, TRACK, color_scheme="dark", java_script_enabled=scripts, viewport={"width": 1032, "height": 700}
    )
    page.emulate_media(media="print")
    style = "(node, name) => getComputedStyle(node)[name]"
    assert page.locator("html").evaluate(style, "backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#board tbody td").first.evaluate(style, "color") == "rgb(0, 0, 0)"
    assert page.locator("#board thead th").first.evaluate(style, "position") == "static"
    assert page.locator("#board .more").first.evaluate(style, "display") == "none"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1032
    assert not page.locator(".tools, .filters, button").filter(visible=True).count()


def test_a_link_brings_back_what_was_seen(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK)
    page.locator("#board input[type=search]").fill("e")
    sort_button(page, "board", "score").click()
    sort_button(page, "board", "score").click()
    page.locator("#board [data-do=columns]").click()
    seen, address = names(page, "board"), page.evaluate("location.hash")
    assert "board.sort=score.asc" in address
    again = visit(folder, TRACK + address)
    assert names(again, "board") == seen
    assert again.locator("#board table.compact").count() == 0
    assert names(visit(folder, TRACK), "board") != seen  # the control: without it another table is shown


TOP = "document.getElementById('kinds').getBoundingClientRect().top"


@pytest.mark.parametrize("sorted_by", ["", "odd"])
def test_a_copied_link_leads_to_its_table(folder: Path, visit: Any, sorted_by: str) -> None:
    page = visit(folder, TRACK, permissions=["clipboard-read", "clipboard-write"])
    sort_button(page, "board", "score").click()  # what other tables show is no part of it
    page.locator("#kinds [data-do=link]").scroll_into_view_if_needed()
    if sorted_by:
        sort_button(page, "kinds", sorted_by).click()
    page.locator("#kinds [data-do=link]").click()
    page.locator("#kinds [data-do=link]", has_text="copied").wait_for()
    address = page.evaluate("navigator.clipboard.readText()").partition("#")[2]
    assert address == (f"kinds.sort={sorted_by}.desc" if sorted_by else "kinds")
    page = visit(folder, f"{TRACK}#{address}", viewport={"width": 1280, "height": 300})
    page.wait_for_function(f"{TOP} >= 0 && {TOP} < 300")


def test_from_a_method_down_to_a_single_answer(folder: Path, visit: Any) -> None:
    page = visit(folder, METHOD)
    assert (
        page.evaluate("document.querySelectorAll('script[src*=\"data/quick\"]').length") == 0
    )  # nothing is loaded unasked
    page.locator("#strata-quick-generalization tbody a", has_text="odd").first.click()
    section = page.locator("section.answers").first
    section.locator("table").wait_for()
    assert page.evaluate("document.querySelectorAll('script[src*=cells]').length") == 1
    kinds = section.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert set(kinds) == {"odd"}
    section.get_by_role("button", name="two#0001").click()
    one = section.locator("article.one")
    one.wait_for()
    assert "the planted truth" in one.inner_text()
    assert "what llc said" in one.inner_text()
    assert "interpbench why 'llc:generalization/two:unit-1'" in one.inner_text()
    address = page.evaluate("location.hash")
    again = visit(folder, METHOD + address)
    again.locator("article.one").wait_for()
    assert "what llc said" in again.locator("article.one").inner_text()


def test_back_and_forward_bring_single_answers_back(folder: Path, visit: Any) -> None:
    page = visit(folder, METHOD)
    link = page.locator("#strata-quick-generalization tbody a", has_text="odd").first
    link.click()
    section = page.locator("section.answers").first
    section.get_by_role("button", name="two#0001").click()
    section.locator("article.one").wait_for()
    page.go_back()
    section.wait_for(state="hidden")
    page.go_forward()
    section.locator("article.one").wait_for()
    section.get_by_role("button", name="close").click()
    assert not section.is_visible()
    assert link.evaluate("link => link === document.activeElement")


def test_single_answers_say_whether_all_kinds_are_counted(folder: Path, visit: Any) -> None:
    page = visit(folder, METHOD + "#cells=quick-generalization&task=generalization/two")
    page.locator("section.answers caption", has_text="llc: 65 questions, all kinds").wait_for()
    page = visit(folder, METHOD + ANSWERS)
    page.locator("section.answers caption", has_text=re.compile("^llc: 43 questions$")).wait_for()


def test_metrics_of_an_answer_are_shown_as_in_tables_and_other_values_when_asked_for(
    tmp_path: Path, visit: Any
) -> None:
    made = site(["generalization"], METHODS, 30)
    (one,) = made.shown
    assert one.cells is not None
    found = one.cells.assign(**{"value.present_brier": 1.598e-20, "value.correct": 0.5})
    out = tmp_path / "site"
    write(out, files(replace(made, shown=[replace(one, cells=found)])))
    page = visit(out, METHOD + "#cells=quick-generalization&instance=generalization/one%230002")
    box = page.locator("article.one")
    box.wait_for()
    facts = box.locator("dl.facts").first.inner_text().split("\n")
    assert dict(zip(facts[::2], facts[1::2], strict=True)) == {
        "kind": "rare",
        "status": "ok",
        "accuracy %": "50",
        "Brier (present)": "0.00",
    }
    heads = page.locator("section.answers th[scope=col]").all_inner_texts()
    assert "accuracy %" in [head.strip() for head in heads]
    assert "score" not in [head.strip() for head in heads]
    more = box.locator("details dl")
    assert not more.is_visible()
    box.locator("details summary").click()
    assert "score" in more.inner_text()


def test_a_failed_answer_gives_its_reason(folder: Path, visit: Any) -> None:
    page = visit(folder, METHOD + "#cells=quick-generalization&instance=generalization/one%230000")
    one = page.locator("article.one")
    one.wait_for()
    assert "timeout (scored at chance)" in one.inner_text()
    assert "no answer within 120 s" in one.inner_text()


def test_a_missing_file_is_said_and_does_not_break_the_page(tmp_path: Path, browser: Any) -> None:
    out = tmp_path / "site"
    write(out, files(site(["generalization"], METHODS, 30)))
    (out / "data/quick-generalization/cells/llc.js").unlink()
    page = browser.new_page()
    page.goto(f"file://{out}/{METHOD}{ANSWERS}")
    page.get_by_text("The file with these answers is missing").wait_for()
    page.close()


@pytest.mark.parametrize("prefers", ["light", "dark"])
def test_light_and_dark_follow_the_system_and_the_switch(folder: Path, visit: Any, prefers: str) -> None:
    page = visit(folder, "index.html", color_scheme=prefers)
    theme = "document.documentElement.dataset.theme"
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(theme) == prefers
    before = page.evaluate(ground)
    page.locator("#theme").focus()
    page.keyboard.press("Space")
    assert page.evaluate(theme) != prefers
    assert page.evaluate(ground) != before
    page.goto(f"file://{folder}/{TRACK}")
    assert page.evaluate(theme) != prefers  # it lasts


def test_columns_are_explained_on_hover_and_focus(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK)
    tip = page.locator("#tip")
    page.locator("#board thead th[data-key=score]").hover()
    assert "share of score" in tip.inner_text()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    sort_button(page, "board", "p").focus()
    assert "two-sided" in tip.inner_text()


def test_a_tap_explains_and_a_tap_elsewhere_closes(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK + "#board.columns=all", has_touch=True, is_mobile=True)
    tip = page.locator("#tip")
    page.locator("#board td.na").first.tap()
    tip.filter(has_text="2 models in the smallest class", visible=True).wait_for()
    page.locator("#board thead th[data-key=family]").tap()
    tip.filter(has_text="what its evidence rests on", visible=True).wait_for()
    page.locator("#board caption").tap()
    tip.wait_for(state="hidden")


def test_the_keyboard_reaches_content_first(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_latex_csv_and_json_of_what_is_shown(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK + "#board.q=topk&board.columns=all", accept_downloads=True)
    made = page.locator("#board").evaluate(
        "grid => { const s = window.interpbench, t = s.shown(grid.querySelector('table'));"
        " return ['latex', 'csv', 'json'].map(f => s.formats[f](t, s.provenance(grid))); }"
    )
    latex, csv, as_json = made
    assert latex.count("\\\\\n") == 2
    assert "sae/topk" in latex
    assert "\\%" in latex
    assert "again" not in latex  # buttons are no figures
    assert latex.startswith("% needs booktabs and graphicx\n")
    assert r"\ifdim\wd0>\linewidth\resizebox" in latex  # no table is made larger
    assert csv.count("\n") == 2
    assert json.loads(as_json)["rows"][0]["method"] == "sae/topk"
    with page.expect_download() as waiting:
        page.locator("#board [data-do=csv]").click()
    assert Path(waiting.value.path()).read_text() == csv


def test_latex_prints_bars_and_signs_in_any_encoding_of_fonts(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK)
    made = page.evaluate(
        "window.interpbench.formats.latex({caption: 'Which?', titles: ['a-1|b'], numeric: [true],"
        " rows: [['-7 [-9, -.5]']], strong: [false]}, 'Made 2026-01-02')"
    )
    assert r"    a-1\textbar{}b \\" in made
    assert r"    $-$7 [$-$9, $-$.5] \\" in made
    assert r"\caption{Which? Made 2026-01-02}" in made


def test_no_rows_make_no_latex_and_a_table_may_have_its_own_provenance(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK + "#board.q=nothing-is-called-this", permissions=["clipboard-read", "clipboard-write"])
    button = page.locator("#board [data-do=latex]")
    button.click()
    assert button.inner_text() == "no rows"
    page.locator("#board input[type=search]").fill("")
    page.evaluate("document.getElementById('board').dataset.provenance = 'Board of one suite.'")
    button.click()
    page.wait_for_function("document.getElementById('said').textContent === 'LaTeX of the table copied'")
    assert "families. Board of one suite.}" in page.evaluate("navigator.clipboard.readText()")


def test_a_spreadsheet_gets_no_formula(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK)
    made = page.evaluate(
        "window.interpbench.formats.csv({titles: ['a', 'b', 'c'], rows: [['=1+1', '+7 [-1, +15]', '@x']]})"
    )
    assert made == "a,b,c\n'=1+1,\"+7 [-1, +15]\",'@x\n"


def test_the_command_of_a_row_is_copied(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK)
    button = page.locator("#board tbody tr").first.locator("button[data-copy]")
    assert button.get_attribute("data-copy") == "interpbench run --suite quick --task generalization --method llc"
    button.click()
    page.wait_for_function("document.getElementById('said').textContent === 'Command copied'")


@pytest.mark.parametrize("allowed", [True, False])
def test_a_button_says_whether_it_copied(folder: Path, visit: Any, allowed: bool) -> None:
    page = visit(folder, TRACK)
    page.clock.install()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not for files')); }")
    page.evaluate(f"() => {{ document.execCommand = () => {str(allowed).lower()}; }}")
    button = page.locator("#board [data-do=latex]")
    button.click()
    told = "copied" if allowed else "could not copy"
    page.wait_for_function(f"document.querySelector('#board [data-do=latex]').textContent === '{told}'")
    assert told in page.locator("#said").inner_text()
    page.clock.run_for(1500)
    assert button.inner_text() == "copy LaTeX"


def test_what_a_method_calls_itself_is_text_and_never_runs(folder: Path, visit: Any) -> None:
    for where in ("index.html", TRACK):
        page = visit(folder, where)
        page.wait_for_load_state()
        assert HOSTILE in page.locator("main").inner_text()
        sort_button(page, "board" if where == TRACK else "profile", "method").click()
        assert "taken" not in page.title()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("where", ["index.html", TRACK, METHOD + ANSWERS, "plain-words.html"])
def test_no_page_is_wider_than_the_screen(folder: Path, visit: Any, where: str, width: int) -> None:
    page = visit(folder, where, viewport={"width": width, "height": 800})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_every_figure_is_there(folder: Path, visit: Any) -> None:
    page = visit(folder, TRACK, java_script_enabled=False)
    text = page.locator("main").inner_text()
    assert all(name in text for name in METHODS)
    assert not page.locator("form.filters").first.is_visible()  # no control that does nothing
    assert page.locator("#board thead th").filter(visible=True).count() == page.locator("#board thead th").count()


def test_dark_without_scripts_has_light_ink(folder: Path, visit: Any) -> None:
    page = visit(folder, METHOD, java_script_enabled=False, color_scheme="dark")
    strong = page.locator("html").evaluate("html => getComputedStyle(html).getPropertyValue('--strong')")
    assert strong == "#f4f6f9"
    assert not page.locator("[data-copy]").filter(visible=True).count()


@pytest.mark.parametrize("where", ["index.html", TRACK, METHOD, "plain-words.html"])
def test_every_control_has_a_name(folder: Path, visit: Any, where: str) -> None:
    page = visit(folder, where)
    told = page.locator("body").aria_snapshot()
    nameless = re.findall(
        r"^\s*- (?:button|link|textbox|searchbox|checkbox|spinbutton|combobox)(?: *$|:)", told, re.MULTILINE
    )
    assert not nameless
