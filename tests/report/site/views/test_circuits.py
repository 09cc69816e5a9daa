import re

from interpbench.report.site.views.circuits import MOST_EDGES, answer, question
from interpbench.toolkit.circuits.graph import Graph
from interpbench.tracks.circuits.answer import CircuitAnswer
from interpbench.tracks.circuits.key import CircuitKey, Rung

GRAPH = Graph(n_layers=1, n_heads=2, n_key_heads=2, groups=(((0, 1), (2, 3)),))
WRITERS = [node.name for node in GRAPH.writers]
READERS = [node.name for node in GRAPH.readers]


def edges(*true: tuple[str, str]) -> tuple[tuple[int | None, ...], ...]:
    """Every edge of the graph is keyed, some as carrying."""
    return tuple(
        tuple(int((writer, reader) in true) if GRAPH.edges[place, at] else None for at, reader in enumerate(READERS))
        for place, writer in enumerate(WRITERS)
    )


KEY = CircuitKey(rung=Rung.STRICT, nodes=(1, 0, None, 1), edges=edges(("a0.0", "m0.1"), ("m0.1", "logits")), gap=2.5)


def states(picture: str) -> dict[str, tuple[str, float]]:
    """Node -> its state and how filled it is, read off the drawing."""
    found = re.findall(r'class="spot (\w+)"><title>([\w.]+):.*?fill-opacity:([\d.]+)', picture)
    return {name: (state, float(depth)) for state, name, depth in found}


def style(text: str, state: str) -> dict[str, str]:
    """How edges of a state look."""
    found = re.search(rf'class="edge {state}"[^>]*style="([^"]*)"', text)
    assert found is not None
    return {name.strip(): value for name, _, value in (part.partition(":") for part in found[1].split(";"))}


def test_the_planted_circuit_is_what_the_key_says() -> None:
    assert WRITERS == ["embed", "a0.0", "a0.1", "m0.0", "m0.1"]
    text = question(KEY, GRAPH)
    assert states(text) == {"a0.0": ("on", 1), "a0.1": ("off", 0), "m0.0": ("between", 0), "m0.1": ("on", 1)}
    assert "2 of 4 nodes carry" in text
    assert "2 edges carry" in text
    assert text.count('class="edge right"') == 2
    assert "edge wrong" not in text


def test_the_prediction_is_drawn_beside_the_truth_and_its_mistakes_are_named() -> None:
    given = CircuitAnswer(nodes=[0.0, 4.0, 1.0, 2.0], p_present=0.9, passes=12)
    text = answer(KEY, GRAPH, given)
    assert states(text) == {"a0.0": ("on", 0), "a0.1": ("off", 1), "m0.0": ("between", 0.25), "m0.1": ("on", 0.5)}
    assert "Of the 2 highest nodes 1 carry" in text
    assert "Missed: a0.0" in text
    assert "Wrongly among them: a0.1" in text
    assert "It scores no edges" in text


def test_the_highest_edges_are_counted_among_those_that_are_keyed() -> None:
    scores = [[0.0] * len(READERS) for _ in WRITERS]
    scores[WRITERS.index("m0.1")][READERS.index("logits")] = 5.0
    scores[WRITERS.index("m0.1")][READERS.index("a0.0.q")] = 9.0  # not an edge of the graph
    scores[WRITERS.index("embed")][READERS.index("logits")] = 3.0
    text = answer(KEY, GRAPH, CircuitAnswer(nodes=[1.0, 0, 0, 1.0], edges=scores))
    assert "Of the 2 highest edges 1 carry" in text
    assert re.findall(r'class="edge (\w+)"', text) == ["right", "wrong"]
    right, wrong = (style(text, state) for state in ("right", "wrong"))
    assert right["stroke"] != wrong["stroke"]
    assert "stroke-dasharray" in wrong.keys() - right.keys(), "told apart without colours, too"


def test_the_legend_shows_what_is_drawn() -> None:
    """As many samples of lines as there are looks of edges in the picture."""
    scores = [[1.0] * len(READERS) for _ in WRITERS]
    assert question(KEY, GRAPH).count('aria-hidden="true"><line') == 1
    assert (
        answer(KEY, GRAPH, CircuitAnswer(nodes=[1.0, 0, 0, 1.0], edges=scores)).count('aria-hidden="true"><line') == 2
    )
    assert 'aria-hidden="true"><line' not in answer(KEY, GRAPH, CircuitAnswer(nodes=[1.0, 0, 0, 1.0]))


def test_both_pictures_begin_at_the_same_height_and_shrink_on_no_screen() -> None:
    """What stands above them is one line each; the long captions are below."""
    for text in (question(KEY, GRAPH), answer(KEY, GRAPH, CircuitAnswer(nodes=[1.0, 0, 0, 1.0]))):
        above, _, below = text.partition("<svg")
        assert re.sub(r"<[^>]+>", "", above).split() in (["Planted"], ["Predicted"])
        assert "<figcaption>" in below
        width = re.search(r'viewBox="0 0 (\d+)', text)
        assert width is not None
        assert f"min-width: {width[1]}px" in text


def test_names_stand_clear_of_the_lines_behind_them() -> None:
    text = question(KEY, GRAPH)
    assert text.count("paint-order: stroke") == text.count("<text") > len(KEY.nodes)
    assert text.rindex('class="edge') < text.index("<text")


def test_an_untrained_network_has_no_circuit() -> None:
    key = CircuitKey(rung=Rung.NULL, nodes=(0, 0, 0, 0), gap=0.1)
    assert "none of its 4 nodes carries anything" in question(key, GRAPH)
    text = answer(key, GRAPH, CircuitAnswer(nodes=[1.0, 1.0, 1.0, 1.0]))
    assert "highest nodes" not in text.partition("<figcaption>")[2]


def test_an_answer_about_another_graph_is_not_drawn() -> None:
    assert answer(KEY, GRAPH, CircuitAnswer(nodes=[1.0])) == ""


def test_a_picture_holds_no_more_lines_than_can_be_seen() -> None:
    wide = Graph(n_layers=3, n_heads=4, n_key_heads=4, groups=((), (), ()))
    shape = [[1 if wide.edges[w, r] else None for r in range(len(wide.readers))] for w in range(len(wide.writers))]
    key = CircuitKey(rung=Rung.MERGED, nodes=(1,) * (len(wide.writers) - 1), edges=tuple(map(tuple, shape)), gap=1.0)
    text = question(key, wide)
    assert text.count('class="edge right"') == MOST_EDGES
    assert f"{MOST_EDGES} of them drawn" in text
