"""Learners that write what they learnt as a theory."""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Int
from sklearn.tree import DecisionTreeClassifier

Tokens = Int[np.ndarray, "row length"]
Labels = Int[np.ndarray, " row"]

MOST_NODES = 600
"""Words of a theory that neighbours or a tree may fill; the language allows 3,000, and a thousand nodes."""
LEAVES = 100
"""Of a tree: each takes about five nodes of the language."""


def most_frequent(tokens: Tokens, labels: Labels, seed: int) -> str:
    """The most frequent answer, whatever the input."""
    del tokens, seed
    return f"def rule(x):\n    return {np.bincount(labels).argmax()}\n"


def nearest_row(tokens: Tokens, labels: Labels, seed: int) -> str:
    """The answer of the row that shares most tokens with the input; of as many rows as a theory may hold."""
    kept = max(1, MOST_NODES // (tokens.shape[1] + 3))
    some = np.sort(np.random.default_rng(seed).permutation(len(tokens))[:kept])
    rows = ", ".join(
        f"(({', '.join(map(str, row))}), {label})"
        for row, label in zip(tokens[some].tolist(), labels[some].tolist(), strict=True)
    )
    return (
        "def rule(x):\n"
        "    most = -1\n"
        "    answer = 0\n"
        f"    for row, label in [{rows}]:\n"
        "        same = sum(a == b for a, b in zip(x, row))\n"
        "        if same > most:\n"
        "            most = same\n"
        "            answer = label\n"
        "    return answer\n"
    )


def decision_tree(tokens: Tokens, labels: Labels, seed: int) -> str:
    """A tree of comparisons of single tokens with numbers, of at most `LEAVES` leaves."""
    tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES, max_depth=20, random_state=seed).fit(tokens, labels).tree_
    answers = np.unique(labels)

    def block(node: int, depth: int) -> list[str]:
        indent = "    " * depth
        if tree.children_left[node] == tree.children_right[node]:
            return [f"{indent}return {answers[tree.value[node][0].argmax()]}"]
        test = f"{indent}if x[{tree.feature[node]}] <= {int(np.floor(tree.threshold[node]))}:"
        return [test, *block(tree.children_left[node], depth + 1), *block(tree.children_right[node], depth)]

    return "\n".join(["def rule(x):", *block(0, 1), ""])


WRITERS: Mapping[str, Callable[[Tokens, Labels, int], str]] = {
    "majority": most_frequent,
    "neighbour": nearest_row,
    "tree": decision_tree,
}
"""Rows, answers and a seed -> the text of a theory."""
