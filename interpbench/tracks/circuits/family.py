"""A task of this track: networks with behaviours, pairs of inputs, and what carries each behaviour, by exact patching.

An author says what networks there are and which behaviours they have; disguise, graph, keys and checks are here.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.disguise import disguise_with_map
from interpbench.models.forward import Params
from interpbench.models.hooked import boot_bridge
from interpbench.models.names import numpy_generator
from interpbench.models.zoo import Manifest
from interpbench.toolkit.circuits.exact import exact_edges
from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.patching import node_effects
from interpbench.toolkit.circuits.trace import Metric, run
from interpbench.tracks.circuits.key import CircuitKey, Rung
from interpbench.tracks.circuits.question import Groups, Pairs, Question
from interpbench.tracks.circuits.truth import edge_verdicts, shares, verdicts
from interpbench.tracks.instance import Instance, Ref

SHOWN = 64
"""Pairs in a question."""
FRESH = 64
"""Other pairs that the key is measured on."""
PASSES = 0.1
"""Rows that a ranked method may run, times nodes and pairs."""
EXACT = 1e-6
"""Largest share of the gap that parts which have nothing to do with a behaviour may change together."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """A network before its disguise.

    Attributes:
        config, params: the network.
        groups: layer -> groups of neurons that count as one node.
    """

    config: TransformerConfig
    params: Params
    groups: Groups


class CircuitTask(ABC):
    """Networks of which some parts carry a behaviour. Subclasses give networks, behaviours and pairs."""

    track: ClassVar[str] = "circuits"
    name: ClassVar[str]
    version: ClassVar[str]
    manifest: Manifest
    load: Callable[[str], Params]

    def __init__(self, manifest: Manifest | None = None, load: Callable[[str], Params] | None = None) -> None:
        """A task without manifest can only be trained."""
        if manifest is not None and load is not None:
            self.manifest, self.load = manifest, load
        self._keys: dict[tuple[str, str], CircuitKey] = {}

    @abstractmethod
    def units(self, size: str) -> list[str]:
        """Names of the questions of a size, from the manifest alone."""

    @abstractmethod
    def rung(self, unit: str) -> Rung:
        """How the circuit of a question is known."""

    @abstractmethod
    def members(self, unit: str) -> tuple[str, ...]:
        """The networks of the zoo that a question is made of, that of the behaviour first."""

    @abstractmethod
    def subject(self, unit: str) -> Subject:
        """The network of a question."""

    @abstractmethod
    def owners(self, unit: str) -> Sequence[bool] | None:
        """For each writer before the disguise whether it may carry the behaviour; None where that is not known."""

    @abstractmethod
    def pairs(self, unit: str, use: str, count: int) -> Pairs:
        """Pairs of inputs of a question's behaviour; others for each use."""

    @abstractmethod
    def domain(self, unit: str) -> Domain:
        """Where inputs come from."""

    @final
    def refs(self, suite_seed: str, size: str) -> list[Ref]:
        """One instance a question, in an order that carries nothing."""
        found = sorted(self.units(size))
        order = numpy_generator(self.track, self.name, suite_seed, "order").permutation(len(found))
        return [
            Ref(
                task=f"{self.track}/{self.name}",
                suite_seed=suite_seed,
                index=index,
                kind=self.rung(found[place]).value,
                units=(found[place],),
                group=self.rung(found[place]).value,
                members=tuple((self.rung(found[place]).value, name) for name in self.members(found[place])),
                family=self.members(found[place])[0].partition("-")[0],
            )
            for index, place in enumerate(order.tolist())
        ]

    @final
    def question(self, unit: str, suite_seed: str) -> Question:
        """What a method is asked about one behaviour of a network, disguised."""
        config, hidden = self.subject(unit).config, self._disguised(unit, suite_seed)
        nodes = len(_graph(config, hidden.groups).writers) - 1
        return Question(
            network=(config, hidden.params),
            pairs=self.pairs(unit, "shown", SHOWN),
            groups=hidden.groups,
            domain=self.domain(unit),
            passes=round(PASSES * nodes * SHOWN),
        )

    @final
    def key(self, ref: Ref) -> CircuitKey:
        """The truth about an instance, from the stored weights."""
        name = (ref.units[0], ref.suite_seed)
        if name not in self._keys:
            hidden = self._disguised(*name)
            self._keys[name] = self._key(name[0], hidden.params, hidden.groups)
        return self._keys[name]

    @final
    def build(self, ref: Ref) -> Instance:
        """Question and key."""
        unit = ref.units[0]
        return Instance(ref=ref, questions={unit: self.question(unit, ref.suite_seed)}, key=self.key(ref))

    def _disguised(self, unit: str, suite_seed: str) -> "Disguised":
        """Weights, groups of neurons in an order of their own, and which node is which."""
        subject = self.subject(unit)
        rng = numpy_generator(self.track, self.name, suite_seed, unit, "disguise")
        params, moved = disguise_with_map(subject.config, subject.params, rng)
        orders = [rng.permutation(len(layer)).tolist() for layer in subject.groups]
        groups = tuple(
            _moved(layer, moved.neurons[place], orders[place]) for place, layer in enumerate(subject.groups)
        )
        origins, start = [0], 1
        for place, order in enumerate(orders):
            origins += [start + head for head in moved.heads[place]]
            origins += [start + subject.config.n_heads + group for group in order]
            start += subject.config.n_heads + len(order)
        return Disguised(params=params, groups=groups, origins=tuple(origins))

    @final
    def check(self, instance: Instance) -> list[Problem]:
        """Derives the key again from what a method would see, and holds it against how the network was made."""
        ((unit, question),) = instance.questions.items()
        hidden, what = self._disguised(unit, instance.ref.suite_seed), []
        config, params = question.network
        shown = self.pairs(unit, "shown", SHOWN)
        if question.groups != hidden.groups or not torch.equal(question.pairs.corrupt, shown.corrupt):
            what.append("groups or pairs are not those of the question's names")
        again = self._key(unit, params, question.groups)
        flips = sum(a != b for a, b in zip(again.nodes, instance.key.nodes, strict=True))
        if flips > 1:  # float32 may decide one on the border otherwise elsewhere
            what.append(f"{flips} nodes are judged otherwise than in the key")
        owners = self.owners(unit)
        if owners is not None:
            what += self._apart(unit, question, [owners[origin] for origin in hidden.origins], instance.key)
        return [Problem(where=instance.ref.id, what=fault) for fault in what]

    def _apart(self, unit: str, question: Question, own: Sequence[bool], key: CircuitKey) -> list[str]:
        """What is wrong if parts that have nothing to do with a behaviour do something."""
        config, params = question.network
        pairs = self.pairs(unit, "key", FRESH)
        bridge, graph = boot_bridge(config, params), _graph(config, question.groups)
        others = [place for place, mine in enumerate(own) if not mine and place]
        joint = joint_effects(bridge, graph, pairs.clean, pairs.corrupt, metric_of(config, pairs), [others])
        share = float(joint.abs().max()) / key.gap
        found = [] if share <= EXACT else [f"the other networks' parts change {share:.1e} of the gap, wanted {EXACT}"]
        if any(node == 1 and not mine for node, mine in zip(key.nodes, own[1:], strict=True)):
            found.append("a carrier is part of another network")
        return found

    def _key(self, unit: str, params: Params, groups: Groups) -> CircuitKey:
        config, pairs = self.subject(unit).config, self.pairs(unit, "key", FRESH)
        bridge, graph, metric = boot_bridge(config, params), _graph(config, groups), metric_of(config, pairs)
        before, after = (metric(run(bridge, tokens, {})) for tokens in (pairs.clean, pairs.corrupt))
        gap = float((after - before).abs().mean())
        if self.rung(unit) is Rung.NULL:
            nothing = (None,) * (len(graph.writers) - 1)
            return CircuitKey(rung=Rung.NULL, nodes=nothing, edges=(), gap=gap)
        nodes = shares(node_effects(bridge, graph, pairs.clean, pairs.corrupt, metric), gap)
        edges = shares(exact_edges(bridge, graph, pairs.clean, pairs.corrupt, metric), gap)
        return CircuitKey(
            rung=self.rung(unit), nodes=verdicts(nodes[1:]), edges=edge_verdicts(edges, graph.edges), gap=gap
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Disguised:
    """A network as it is shown.

    Attributes:
        params: weights.
        groups: layer -> groups of neurons.
        origins: for each writer of its graph the place in the graph before the disguise.
    """

    params: Params
    groups: Groups
    origins: tuple[int, ...]


def metric_of(config: TransformerConfig, pairs: Pairs) -> Metric:
    """The right label's logit less the wrong one's, at the (one) answer position, of logits at every position."""
    (place,) = config.positions

    def metric(found: Float[Tensor, "row position k"]) -> Float[Tensor, " row"]:
        here = found[:, place]
        copies = len(here) // len(pairs)
        right, wrong = pairs.right.repeat(copies), pairs.wrong.repeat(copies)
        return (here.gather(1, right[:, None]) - here.gather(1, wrong[:, None]))[:, 0]

    return metric


def _graph(config: TransformerConfig, groups: Groups) -> Graph:
    return Graph(n_layers=config.n_layers, n_heads=config.n_heads, n_key_heads=config.n_heads, groups=groups)


Layer = tuple[tuple[int, ...], ...]


def _moved(groups: Layer, places: tuple[int, ...], order: list[int]) -> Layer:
    now = {before: place for place, before in enumerate(places)}
    return tuple(tuple(sorted(now[neuron] for neuron in groups[group])) for group in order)
