import torch
from bridges import native
from torch import Tensor

from interpbench.toolkit.circuits.gates import gated, gated_metric
from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.patching import joint_effects
from interpbench.toolkit.circuits.trace import put_in, run


def metric(logits: Tensor) -> Tensor:
    return logits[:, -1, 1] - logits[:, -1, 2]


def test_open_gates_change_nothing_and_closed_ones_patch() -> None:
    bridge = native("RMS", scale=0.5)
    graph = Graph.of(bridge, [[range(10), range(10, 32)]] * 2)
    rng = torch.Generator().manual_seed(1)
    clean, corrupt = (torch.randint(7, (4, 5), generator=rng) for _ in range(2))
    stand_in, whole = put_in(bridge, graph, clean, corrupt), metric(run(bridge, clean, {}))
    nodes = len(graph.writers) - 1
    with torch.no_grad():
        assert torch.allclose(gated_metric(bridge, graph, clean, metric, stand_in, torch.ones(nodes)), whole)
        for closed in ([0], [1, 4], [2, 6, 7], list(range(nodes))):
            gates = torch.ones(nodes)
            gates[closed] = 0
            found = gated_metric(bridge, graph, clean, metric, stand_in, gates) - whole
            wanted = joint_effects(bridge, graph, clean, corrupt, metric, [[place + 1 for place in closed]])[:, 0]
            torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


def test_gates_are_closed_as_often_as_they_say() -> None:
    """The probability of not being closed is that of Louizos et al., eq. 12; hard zeros and ones do occur."""
    logits = torch.tensor([-2.0, 0.0, 3.0])
    rng = torch.Generator().manual_seed(0)
    drawn = torch.stack([gated(logits, rng)[0] for _ in range(4000)])
    for place in range(3):
        share = float((drawn[:, place] > 0).float().mean())
        assert abs(share - float(gated(logits[place : place + 1], rng)[1])) < 0.03
    assert bool((drawn == 0).any())
    assert bool((drawn == 1).any())
