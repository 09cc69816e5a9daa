"""Circuits: the planted one and the predicted one side by side, the nodes layer by layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interpbench.report.site.render import render
from interpbench.report.site.views.keys import answered, keyed
from interpbench.report.site.views.panel import Panels
from interpbench.run.execute import Runner
from interpbench.run.judged import JudgedTrack
from interpbench.run.plan import PlannedTask
from interpbench.toolkit.circuits.graph import Graph
from interpbench.tracks.circuits.answer import CircuitAnswer
from interpbench.tracks.circuits.key import CircuitKey

WIDE, HIGH = 34, 54
"""Distances between nodes and between stages, in units of the picture."""
MOST_EDGES = 60
"""More lines than this hide what they show."""


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A node in the picture; `state` is `on`, `off` or `between`, `depth` from 0 to 1 how filled it is."""

    name: str
    x: int
    y: int
    state: str
    depth: float
    told: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """An edge in the picture; `state` is `right` where it carries, else `wrong`."""

    x1: int
    y1: int
    x2: int
    y2: int
    state: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What the template draws: later lines over earlier ones, nodes over all of them."""

    spots: Sequence[Spot]
    lines: Sequence[Line]
    width: int
    height: int


def view(runner: Runner, of: JudgedTrack) -> Panels:
    """Pictures for every question whose graph the store still holds."""
    questions: dict[str, dict[str, str]] = {}
    answers: dict[str, dict[str, str]] = {}
    for task in of.tasks:
        graphs = _graphs(runner, of, task)
        keys = {ref.id: (ref, key, graphs.get(ref.units[0])) for ref, key in keyed(runner, task)}
        known = {name: (ref, key, graph) for name, (ref, key, graph) in keys.items() if graph is not None}
        questions[task.name] = {name: question(key, graph) for name, (_, key, graph) in known.items()}
        for row, found in answered(of, task):
            told = {
                name: answer(key, graph, one)
                for name, (ref, key, graph) in known.items()
                if isinstance(one := found.get(ref.units[0]), CircuitAnswer) and one.nodes is not None
            }
            answers.setdefault(row, {}).update(told)
    return Panels(questions=questions, answers=answers)


def question(key: CircuitKey, graph: Graph) -> str:
    """The planted circuit."""
    states = {True: "on", False: "off", None: "between"}
    marks = [states[None if node is None else bool(node)] for node in key.nodes]
    told = {"on": "carries", "off": "does not carry", "between": "in between, not scored"}
    spots = _spots(graph, marks, [1.0 if mark == "on" else 0.0 for mark in marks], [told[mark] for mark in marks])
    true = [(w, r) for w, line in enumerate(key.edges) for r, edge in enumerate(line) if edge]
    return render(
        "circuit-question.html.jinja",
        picture=_picture(graph, key, spots, true[:MOST_EDGES]),
        carriers=[spot.name for spot in spots if spot.state == "on"],
        nodes=len(marks),
        edges=len(true),
        drawn=min(len(true), MOST_EDGES),
        hidden=[graph.writers[place + 1].name for place in key.hidden],
        others=[graph.writers[place + 1].name for place in key.others],
        key=key,
    )


def answer(key: CircuitKey, graph: Graph, given: CircuitAnswer) -> str:
    """The predicted one: as many of its highest nodes as carry, and of its highest edges."""
    scores = list(given.nodes or ())
    if len(scores) != len(key.nodes):
        return ""
    low, high = min(scores, default=0.0), max(scores, default=1.0)
    depth = [(score - low) / (high - low) if high > low else 0.0 for score in scores]
    count = sum(bool(node) for node in key.nodes)
    top = set(sorted(range(len(scores)), key=lambda place: -scores[place])[:count])
    marks = ["on" if bool(node) else "between" if node is None else "off" for node in key.nodes]
    told = [f"score {score:.3g}" + (", among the highest" if at in top else "") for at, score in enumerate(scores)]
    spots = _spots(graph, marks, depth, told)
    wanted = sum(bool(edge) for line in key.edges for edge in line)
    found, hits = _highest(key, given.edges, wanted)
    return render(
        "circuit-answer.html.jinja",
        picture=_picture(graph, key, spots, found[:MOST_EDGES]),
        count=count,
        hits=sum(bool(key.nodes[place]) for place in top),
        missed=[graph.writers[p + 1].name for p, node in enumerate(key.nodes) if node and p not in top],
        wrong=[graph.writers[p + 1].name for p in sorted(top) if not key.nodes[p]],
        edges=wanted,
        edge_hits=hits,
        drawn=min(len(found), MOST_EDGES),
        given=given,
    )


def _highest(key: CircuitKey, edges: Sequence[Sequence[float]] | None, count: int) -> tuple[list[tuple[int, int]], int]:
    """As many of the highest scored edges as carry, and how many of them do; nothing where no edges are keyed."""
    if not edges or not count:
        return [], 0
    judged = [
        (writer, reader)
        for writer, line in enumerate(key.edges)
        for reader, edge in enumerate(line)
        if edge is not None and writer < len(edges) and reader < len(edges[writer])
    ]
    top = sorted(judged, key=lambda one: -edges[one[0]][one[1]])[:count]
    return top, sum(bool(key.edges[writer][reader]) for writer, reader in top)


def _spots(graph: Graph, marks: Sequence[str], depth: Sequence[float], told: Sequence[str]) -> list[Spot]:
    """Every writer but the embedding, from the first stage at the bottom up."""
    stages = sorted({node.stage for node in graph.writers[1:]})
    placed = []
    for at, node in enumerate(graph.writers[1:]):
        column = sum(other.stage == node.stage for other in graph.writers[1 : at + 1])
        up = stages.index(node.stage)
        y = HIGH * (len(stages) - up)
        placed.append(Spot(name=node.name, x=70 + WIDE * column, y=y, state=marks[at], depth=depth[at], told=told[at]))
    return placed


def _picture(graph: Graph, key: CircuitKey, spots: Sequence[Spot], edges: Sequence[tuple[int, int]]) -> Picture:
    """Nodes with lines between them; the embedding stands below, the logits above.

    Edges into queries, keys and values of a head are one line: dashes of a wrong one go over the line of a right one.
    """
    width = max((spot.x for spot in spots), default=70) + 40
    stages = {spot.y for spot in spots}
    height = HIGH * (len(stages) + 2)
    bottom, top = height - HIGH, HIGH // 2 - 10
    middle = width // 2
    owners = graph.owners

    def of(writer: int | None) -> tuple[int, int]:
        if writer is None:
            return middle, top
        return (middle, bottom) if writer == 0 else (spots[writer - 1].x, spots[writer - 1].y)

    def line(writer: int, reader: int) -> Line:
        (x1, y1), (x2, y2) = of(writer), of(owners[reader])
        return Line(x1=x1, y1=y1, x2=x2, y2=y2, state="right" if key.edges[writer][reader] else "wrong")

    lines = sorted((line(*edge) for edge in edges), key=lambda one: one.state)
    return Picture(spots=spots, lines=lines, width=width, height=height)


def _graphs(runner: Runner, of: JudgedTrack, task: PlannedTask) -> dict[str, Graph]:
    """Unit -> the graph that its question names, from a bundle that a cell was given."""
    found: dict[str, Graph] = {}
    for row in of.rows:
        for unit, record in of.records[row.name].get(task.name, {}).items():
            if unit in found:
                continue
            document = runner.store.document(f"bundles/{record.parts.get('question')}", "question")
            graph = _graph(document)
            if graph is not None:
                found[unit] = graph
    return found


def _graph(document: Any) -> Graph | None:
    if not isinstance(document, Mapping) or not {"config", "groups"} <= set(document):
        return None
    config, groups = document["config"], document["groups"]
    heads = int(config["n_heads"])
    return Graph(
        n_layers=int(config["n_layers"]),
        n_heads=heads,
        n_key_heads=int(config.get("n_key_value_heads") or heads),
        groups=tuple(tuple(tuple(group) for group in layer) for layer in groups),
    )
