"""Inputs outside the shown rows of a fraction pair hold rows that the generaliser was trained on.

Confidence would name it for that alone; README says that it does not rest on it, and this is how that is known.
"""

from typing import cast

import pytest
import torch

from interpbench.models.forward import logits
from interpbench.models.names import generator
from interpbench.plugins.discovery import find_suite, load_task, tasks
from interpbench.tracks.generalization.family import GeneralizationTask
from interpbench.tracks.generalization.key import PairKey

INPUTS = 1024


@pytest.mark.slow
def test_confidence_names_the_generaliser_on_inputs_that_neither_network_was_trained_on() -> None:
    suite, right = find_suite("quick"), []
    for name, size in suite.tasks.items():
        if not name.startswith("generalization/"):
            continue
        task = cast("GeneralizationTask", load_task(tasks()[name]))
        for ref in task.refs(suite.seed, size):
            if ref.kind != "fraction":
                continue
            networks = [task._network(unit.rpartition("@")[0]) for unit in ref.units]
            unseen = torch.stack([~network.trained_on for network in networks]).all(dim=0)
            tokens = task.universe.rows.tokens[unseen]
            tokens = tokens[torch.randperm(len(tokens), generator=generator("membership", ref.id))[:INPUTS]]
            sure = [
                float(logits(one.recipe.config, one.params, tokens).double().log_softmax(-1).amax(-1).mean())
                for one in networks
            ]
            key = task.key(ref)
            assert isinstance(key, PairKey)
            right.append((sure[0] > sure[1]) == key.a_generalises)
    assert len(right) >= 60
    assert sum(right) == len(right)
