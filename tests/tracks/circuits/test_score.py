import itertools

import numpy as np
import pytest
import torch
from bridges import native
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.subgraph import Subgraphs
from interpbench.tracks.circuits.answer import CircuitAnswer
from interpbench.tracks.circuits.faithfulness import faithfulness, kept, overshoots, recovered
from interpbench.tracks.circuits.key import CircuitKey, Rung
from interpbench.tracks.circuits.score import METRICS, Opened, judge, reduce
from interpbench.tracks.instance import Ref

NODES = 12
PASSES = 100


def metric(logits: Tensor) -> Tensor:
    return logits[:, -1, 1] - logits[:, -1, 2]


def network() -> Subgraphs:
    bridge = native(None, scale=0.5)
    rng = torch.Generator().manual_seed(1)
    clean, corrupt = (torch.randint(7, (6, 5), generator=rng) for _ in range(2))
    graph = Graph.of(bridge, [[range(10), range(10, 32)]] * 2)
    return Subgraphs.of(bridge, graph, clean, corrupt, metric)


NETWORK = network()


def key_of(rung: Rung, seed: int = 0) -> CircuitKey:
    rng = np.random.default_rng([list(Rung).index(rung), seed])
    if rung is Rung.NULL:
        return CircuitKey(rung=rung, nodes=(None,) * NODES, gap=1.0)
    nodes = tuple([1, 0, 1, 0, 0, 0, 1, None, 0, 0, 0, None][place] for place in rng.permutation(NODES))
    graph = NETWORK.graph
    drawn = rng.choice([0, 0, 0, 1], (len(graph.writers), len(graph.readers)))
    edges = tuple(
        tuple(int(drawn[w, r]) if graph.edges[w, r] else None for r in range(drawn.shape[1])) for w in range(len(drawn))
    )
    own, idle = ([place for place, one in enumerate(nodes) if one == wanted] for wanted in (1, 0))
    hidden = tuple(own[:1]) if rung in {Rung.BACKUP, Rung.SPREAD} else ()
    others = tuple(idle[:3]) if rung is Rung.MERGED else ()
    return CircuitKey(rung=rung, nodes=nodes, edges=() if hidden else edges, gap=1.0, hidden=hidden, others=others)


def ref_of(rung: Rung, seed: int) -> Ref:
    unit = f"{rung.value}-{seed}"
    return Ref(
        task="circuits/x",
        suite_seed="s",
        index=0,
        kind=rung.value,
        units=(unit,),
        group=rung.value,
        members=((rung.value, unit),),
    )


ALL = [(ref_of(rung, seed), key_of(rung, seed)) for rung in Rung for seed in range(2)]


def told(key: CircuitKey, sign: float = 1.0) -> CircuitAnswer:
    edges = [[sign * float(one or 0) for one in line] for line in key.edges] or None
    return CircuitAnswer(nodes=[sign * float(one or 0) for one in key.nodes], edges=edges, p_present=float(key.present))


def figures(answers: dict[str, CircuitAnswer | None]) -> dict[str, float]:
    cells = [judge(ref, Opened(key=key, network=lambda: NETWORK, passes=PASSES), answers) for ref, key in ALL]
    return {name: float(value[0]) for name, value in reduce(cells, np.ones((1, len(cells)))).items()}


def test_the_key_itself_has_every_ceiling() -> None:
    found = figures({ref.units[0]: told(key) for ref, key in ALL})
    assert set(found) == set(METRICS)
    for name in (
        "carriers",
        "edges",
        "auroc",
        "edge_auroc",
        "hidden",
        "coverage",
        "answered",
        *[r.value for r in Rung if r is not Rung.NULL],
    ):
        assert found[name] == pytest.approx(1), name
    assert found["overlap"] == 0
    assert found["present_brier"] == 0


def test_the_opposite_of_the_key_is_below_chance() -> None:
    found = figures({ref.units[0]: told(key, -1.0) for ref, key in ALL})
    assert found["carriers"] < 0
    assert found["auroc"] == 0
    assert found["overlap"] == 1


def test_equal_scores_and_no_answer_are_worth_chance() -> None:
    level = CircuitAnswer(nodes=[0.5] * NODES, p_present=0.5)
    for answers in ({ref.units[0]: level for ref, _ in ALL}, {}):
        found = figures(answers)  # type: ignore[arg-type]
        for name in ("carriers", "auroc", "hidden", "present_brier", "edges", "edge_auroc", "faithfulness"):
            assert found[name] == pytest.approx(METRICS[name].chance, abs=1e-12), name
    level_found = figures({ref.units[0]: level for ref, _ in ALL})
    assert level_found["overlap"] == pytest.approx(0.5)


def test_leaving_edges_out_where_they_are_hard_wins_nothing() -> None:
    whole = {ref.units[0]: told(key) for ref, key in ALL}
    some = {
        unit: answer.model_copy(update={"edges": None}) if unit.endswith("-1") else answer
        for unit, answer in whole.items()
    }
    assert figures(some)["edges"] < figures(whole)["edges"]  # type: ignore[arg-type]
    ref, key = next((ref, key) for ref, key in ALL if ref.units[0] == "merged-1")
    cell = judge(ref, Opened(key=key, network=lambda: NETWORK, passes=PASSES), some)
    assert (cell.values["nodes"], cell.values["edges"], cell.values["faithfulness"]) == (1, 0, 0)


def test_random_scores_are_worth_chance_on_average() -> None:
    rng = np.random.default_rng(0)
    some = [
        figures({ref.units[0]: CircuitAnswer(nodes=rng.random(NODES).tolist(), p_present=0.5) for ref, _ in ALL})
        for _ in range(300)
    ]
    assert np.mean([one["carriers"] for one in some]) == pytest.approx(0, abs=0.03)
    assert np.mean([one["overlap"] for one in some]) == pytest.approx(0.5, abs=0.05)


@given(st.permutations(range(NODES)))
def test_better_orders_score_higher(order: list[int]) -> None:
    """Moving a carrier one place up, past a bystander, never lowers precision."""
    ref, key = next((ref, key) for ref, key in ALL if ref.kind == "merged")
    opened = Opened(key=key, network=lambda: NETWORK, passes=PASSES)

    def worth(scores: list[float]) -> float:
        return judge(ref, opened, {ref.units[0]: CircuitAnswer(nodes=scores, p_present=1.0)}).values["nodes"]

    scores = [float(one) for one in order]
    ranked = sorted(range(NODES), key=lambda place: -scores[place])
    for above, below in itertools.pairwise(ranked):
        if key.nodes[above] == 0 and key.nodes[below] == 1:
            better = list(scores)
            better[above], better[below] = scores[below], scores[above]
            assert worth(better) > worth(scores)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (CircuitAnswer(nodes=[1.0] * (NODES - 1)), "11 nodes scored, wanted 12"),
        (CircuitAnswer(nodes=[1.0] * NODES, passes=PASSES + 1), "101 rows run through the network, 100 are allowed"),
        (CircuitAnswer(not_applicable="not today"), "not today"),
    ],
)
def test_what_is_no_answer_is_worth_chance_and_says_why(answer: CircuitAnswer, reason: str) -> None:
    ref, key = ALL[0]
    cell = judge(ref, Opened(key=key, network=lambda: NETWORK, passes=PASSES), {ref.units[0]: answer})
    assert (cell.answered, cell.reason, cell.values["nodes"]) == (False, reason, 0.0)


def test_a_reference_may_run_more() -> None:
    ref, key = ALL[0]
    answer = told(key).model_copy(update={"passes": 7 * PASSES, "capped": False})
    cell = judge(ref, Opened(key=key, network=lambda: NETWORK, passes=PASSES), {ref.units[0]: answer})
    assert (cell.values["nodes"], cell.values["passes"]) == (1.0, 7.0)


def test_all_edges_recover_everything_and_none_nothing() -> None:
    """f is 1 if every edge is kept, whatever the scores, and the share asked for is kept."""
    scores = torch.rand(NETWORK.graph.edges.shape, generator=torch.Generator().manual_seed(0)).double()
    assert recovered(NETWORK, scores, (1.0,)) == pytest.approx([1.0], abs=1e-5)  # run in two ways, in single precision
    total = int(NETWORK.graph.edges.sum())
    for share in (0.01, 0.1, 0.5):
        keep = kept(NETWORK, scores, share)
        assert int(keep.sum()) == -(-total * share // 1)
        assert not bool((keep & ~NETWORK.graph.edges).any())
        assert float(scores[keep].min()) >= float(scores[NETWORK.graph.edges & ~keep].max())


def test_faithfulness_takes_overshooting_for_as_wrong_as_falling_short() -> None:
    assert faithfulness([1.0] * 5) == 1
    assert faithfulness([0.0] * 5) == faithfulness([2.0] * 5) == faithfulness([-3.0, 9.0]) == 0
    assert faithfulness([0.5, 1.5]) == 0.5


def test_a_circuit_that_nothing_comes_through_does_not_overshoot() -> None:
    assert overshoots([-1e-7, 0.0, 1e-7, 1.0, 2.0 + 1e-7]) == 0
    assert overshoots([-0.01, 2.01, 0.5, 0.0]) == 0.5
