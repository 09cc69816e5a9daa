import torch
from bridges import llama, native

from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.passes import metered
from interpbench.toolkit.circuits.trace import activations, run, trace
from interpbench.toolkit.circuits.trace import writes as written
from interpbench.toolkit.circuits.weights import reads, writes

GROUPS = [[range(10), range(10, 32)]] * 2


def test_a_matrix_for_every_writer_and_reader() -> None:
    bridge = native(None)
    for groups in (None, GROUPS):
        graph = Graph.of(bridge, groups)
        assert [len(matrix.T) for matrix in writes(bridge, graph)] == [16] * len(graph.writers)
        assert [len(matrix) for matrix in reads(bridge, graph)] == [16] * len(graph.readers)


def test_what_is_written_lies_in_the_span_of_its_matrix() -> None:
    bridge = native(None)
    graph = Graph.of(bridge, GROUPS)
    tokens = torch.randint(7, (3, 5), generator=torch.Generator().manual_seed(0))
    heads = written(bridge, graph, tokens)[:, :, graph.writing(1)]
    for place, matrix in enumerate(writes(bridge, graph)[graph.writing(1)]):
        inside = torch.linalg.pinv(matrix) @ matrix
        torch.testing.assert_close(heads[:, :, place] @ inside, heads[:, :, place], rtol=1e-4, atol=1e-5)


def test_readers_are_owned_by_the_component_that_they_are_part_of() -> None:
    graph = Graph.of(native(None), GROUPS)
    names = [None if place is None else graph.writers[place].name for place in graph.owners]
    assert names[:8] == ["a0.0", "a0.1", "a0.0", "a0.1", "a0.0", "a0.1", "m0.0", "m0.1"]
    assert names[-1] is None
    assert Graph.of(llama()).n_key_heads != Graph.of(llama()).n_heads


def test_rows_are_counted_and_those_with_gradient_twice() -> None:
    bridge = native(None)
    graph = Graph.of(bridge, GROUPS)
    tokens = torch.zeros((3, 5), dtype=torch.int64)
    run(bridge, tokens, {})
    meter = metered(bridge)
    assert meter.rows == 0
    run(bridge, tokens, {})
    activations(bridge, graph, tokens)
    assert meter.rows == 6
    trace(bridge, graph, tokens, lambda logits: logits[:, -1, 0])
    assert meter.rows == 12
    assert metered(native(None)).rows == 0
