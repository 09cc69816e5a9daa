"""A task of this track: networks with behaviours, pairs of inputs, and what carries each behaviour, by exact patching.

An author says what networks there are and which behaviours they have; disguise, graph, keys and checks are here.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Domain
from interpbench.models.disguise import disguise_with_map
from interpbench.models.forward import Params
from interpbench.models.hooked import boot_bridge
from interpbench.models.names import numpy_generator
from interpbench.models.train import Trained
from interpbench.models.zoo import Manifest, ModelRecord
from interpbench.toolkit.circuits.exact import exact_edges
from interpbench.toolkit.circuits.graph import Graph
from interpbench.toolkit.circuits.patching import joint_effects, node_effects
from interpbench.toolkit.circuits.subgraph import Subgraphs
from interpbench.toolkit.circuits.trace import run
from interpbench.tracks.circuits.key import CircuitKey, Rung
from interpbench.tracks.circuits.question import Ablation, Asked, Groups, Pairs, Question, metric_of, stands_in
from interpbench.tracks.circuits.truth import (
    CARRIES,
    IDLE,
    conditional,
    edge_verdicts,
    gap_of,
    shares,
    verdicts,
)
from interpbench.tracks.instance import Instance, Problem, Ref

SHOWN = 64
"""Pairs in a question."""
FRESH = 64
"""Other pairs that the key is measured on."""
JUDGED = 32
"""Others again, on which the circuit of an answer is run."""
EDGE_PAIRS = 16
"""Of the fresh ones, on which edges are replaced."""
PASSES = 0.1
"""Rows that a ranked method may run, times nodes and pairs."""


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

    @property
    def graph(self) -> Graph:
        """Of its nodes."""
        return graph_of(self.config, self.groups)


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

    def found(self, before: Sequence[int] | frozenset[int]) -> frozenset[int]:
        """Writers by their places before the disguise."""
        return frozenset(place for place, origin in enumerate(self.origins) if origin in before)


class CircuitTask(ABC):
    """Networks of which some parts carry a behaviour. Subclasses give networks, behaviours and pairs."""

    track: ClassVar[str] = "circuits"
    name: ClassVar[str]
    version: ClassVar[str]
    ablation: ClassVar[Ablation] = Ablation.INTERCHANGE
    """What stands in for a node that is replaced."""
    edges: ClassVar[bool] = True
    """Whether single edges are keyed; where nodes carry only together, no single edge does."""
    manifest: Manifest
    load: Callable[[str], Params]

    def __init__(self, manifest: Manifest | None = None, load: Callable[[str], Params] | None = None) -> None:
        """A task without manifest can only be trained."""
        if manifest is not None and load is not None:
            self.manifest, self.load = manifest, load
        self._keys: dict[tuple[str, str], CircuitKey] = {}
        self._judged: tuple[tuple[str, str], Subgraphs] | None = None

    @abstractmethod
    def recipes(self, size: str) -> Sequence[Any]:
        """The networks of a size."""

    @abstractmethod
    def read_recipe(self, document: Mapping[str, Any]) -> Any:
        """A recipe from its JSON."""

    @abstractmethod
    def data_hash(self, recipe: Any) -> str:
        """Of all data that training it uses."""

    @abstractmethod
    def train(
        self, recipe: Any, attempt: int, progress: Callable[[int, float], None] | None = None
    ) -> tuple[Params, Trained]:
        """Trains one network."""

    @abstractmethod
    def measure(self, recipe: Any, params: Params) -> dict[str, float]:
        """What the manifest says about decoded weights."""

    @abstractmethod
    def gate(self, recipe: Any, measured: Mapping[str, float]) -> str | None:
        """Why a network is not what its recipe wants, or None."""

    def spare(self, records: Mapping[str, ModelRecord]) -> set[str]:
        """None: every network is asked about."""
        del records
        return set()

    @abstractmethod
    def units(self, size: str) -> list[str]:
        """Names of the questions of a size, from the manifest alone."""

    @abstractmethod
    def rung(self, unit: str) -> Rung:
        """How the circuit of a question is known."""

    @abstractmethod
    def members(self, unit: str) -> tuple[str, ...]:
        """The networks of the zoo that a question's score rests on; intervals resample these."""

    @abstractmethod
    def subject(self, unit: str) -> Subject:
        """The network of a question."""

    @abstractmethod
    def pairs(self, unit: str, use: str, count: int) -> Pairs:
        """Pairs of inputs of a question's behaviour; others for each use."""

    @abstractmethod
    def domain(self, unit: str) -> Domain:
        """Where inputs come from."""

    def together(self, unit: str) -> Sequence[frozenset[int]]:
        """Sets of writers before the disguise: what carries only while the rest of one is replaced carries, too."""
        del unit
        return ()

    def elsewhere(self, unit: str, use: str, count: int) -> Sequence[Pairs]:
        """Pairs of the network's other behaviours; none if it has one alone."""
        del unit, use, count
        return ()

    def planted(self, unit: str, nodes: Sequence[int | None], effect: "Effect") -> list[str]:
        """What of a network is not as it was made to be.

        Args:
            unit: name of the question.
            nodes: verdicts on the writers before the disguise, the embedding's (None) first.
            effect: of sets of writers before the disguise.
        """
        del unit, nodes, effect
        return []

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
            )
            for index, place in enumerate(order.tolist())
        ]

    @final
    def question(self, unit: str, suite_seed: str) -> Question:
        """What a method is asked about one behaviour of a network, disguised."""
        config, hidden = self.subject(unit).config, self.disguised(unit, suite_seed)
        return Question(
            network=(config, hidden.params),
            asked=Asked(
                pairs=self.pairs(unit, "shown", SHOWN),
                groups=hidden.groups,
                ablation=self.ablation,
                passes=passes(len(hidden.origins) - 1),
            ),
            domain=self.domain(unit),
        )

    @final
    def key(self, ref: Ref) -> CircuitKey:
        """The truth about an instance, from the stored weights."""
        return self.truth(ref.units[0], ref.suite_seed)

    @final
    def truth(self, unit: str, suite_seed: str) -> CircuitKey:
        """The same by the name of the question, in the order of its disguise."""
        if (unit, suite_seed) not in self._keys:
            hidden = self.disguised(unit, suite_seed)
            self._keys[unit, suite_seed] = self._key(unit, hidden)
        return self._keys[unit, suite_seed]

    @final
    def build(self, ref: Ref) -> Instance:
        """Question and key."""
        unit = ref.units[0]
        return Instance(ref=ref, questions={unit: self.question(unit, ref.suite_seed)}, key=self.key(ref))

    @final
    def judged(self, unit: str, suite_seed: str) -> Subgraphs:
        """The network as it is shown, with pairs that were not, to run circuits in. The last one is kept: all answers
        about it are judged in turn.
        """
        if self._judged is None or self._judged[0] != (unit, suite_seed):
            self._judged = ((unit, suite_seed), self._booted(unit, suite_seed))
        return self._judged[1]

    def _booted(self, unit: str, suite_seed: str) -> Subgraphs:
        config, hidden = self.subject(unit).config, self.disguised(unit, suite_seed)
        pairs, graph = self.pairs(unit, "judged", JUDGED), graph_of(config, hidden.groups)
        corrupt = stands_in(pairs, self.ablation)
        return Subgraphs.of(boot_bridge(config, hidden.params), graph, pairs.clean, corrupt, metric_of(config, pairs))

    @final
    def disguised(self, unit: str, suite_seed: str) -> Disguised:
        """Weights, groups of neurons in an order of their own, and which node is which."""
        subject = self.subject(unit)
        rng = numpy_generator(self.track, self.name, suite_seed, unit, "disguise")
        params, moved = disguise_with_map(subject.config, subject.params, rng)
        orders = [rng.permutation(len(layer)).tolist() for layer in subject.groups]
        groups = tuple(_moved(layer, moved.neurons[place], orders[place]) for place, layer in enumerate(subject.groups))
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
        hidden, what = self.disguised(unit, instance.ref.suite_seed), []
        _, params = question.network
        asked, shown = question.asked, self.pairs(unit, "shown", SHOWN)
        if asked.groups != hidden.groups or not torch.equal(asked.pairs.corrupt, shown.corrupt):
            what.append("groups or pairs are not those of the question's names")
        seen = Disguised(params=params, groups=asked.groups, origins=hidden.origins)
        again = self._key(unit, seen)
        if again != instance.key:
            flips = [place for place, one in enumerate(again.nodes) if one != instance.key.nodes[place]]
            what.append(f"nodes {flips} are judged otherwise than in the key, or edges or gap are")
        if instance.key.rung is not Rung.NULL:
            undisguised = self._effect(unit, self.subject(unit), instance.key.gap)
            nodes: list[int | None] = [None] * len(hidden.origins)
            for place, origin in enumerate(hidden.origins[1:]):
                nodes[origin] = instance.key.nodes[place]
            if not instance.key.present:
                what.append("nothing carries the behaviour")
            what += self.planted(unit, nodes, undisguised)
        return [Problem(where=instance.ref.id, what=fault) for fault in what]

    def _effect(self, unit: str, subject: Subject, gap: float) -> "Effect":
        pairs, bridge = self.pairs(unit, "key", FRESH), boot_bridge(subject.config, subject.params)

        def effect(writers: Sequence[int]) -> float:
            metric, corrupt = metric_of(subject.config, pairs), stands_in(pairs, self.ablation)
            found = joint_effects(bridge, subject.graph, pairs.clean, corrupt, metric, [writers])
            return float(shares(found, gap)[0])

        return effect

    def _key(self, unit: str, hidden: Disguised) -> CircuitKey:
        """Of the network under a disguise, in the order of its nodes there."""
        config, pairs = self.subject(unit).config, self.pairs(unit, "key", FRESH)
        bridge, graph, metric = (
            boot_bridge(config, hidden.params),
            graph_of(config, hidden.groups),
            metric_of(config, pairs),
        )
        corrupt = stands_in(pairs, self.ablation)
        gap = gap_of(*(metric(run(bridge, tokens, {})) for tokens in (pairs.clean, pairs.corrupt)))
        if self.rung(unit) is Rung.NULL:
            return CircuitKey(rung=Rung.NULL, nodes=(None,) * (len(graph.writers) - 1), gap=gap)
        alone = shares(node_effects(bridge, graph, pairs.clean, corrupt, metric), gap)
        beside = [
            conditional(bridge, graph, pairs, self.ablation, metric, hidden.found(some), gap)
            for some in self.together(unit)
        ]
        most = torch.stack([alone, *beside]).max(dim=0).values[1:]
        edges = shares(self._edges(bridge, graph, config, pairs.first(EDGE_PAIRS)), gap) if self.edges else None
        nodes = verdicts(most)
        own = [place for place, one in enumerate(nodes) if one == 1]
        return CircuitKey(
            rung=self.rung(unit),
            nodes=nodes,
            edges=() if edges is None else edge_verdicts(edges, graph.edges),
            gap=gap,
            hidden=tuple(place for place in own if float(alone[place + 1]) <= CARRIES),
            others=self._others(unit, hidden, nodes),
        )

    def _edges(self, bridge: Any, graph: Graph, config: TransformerConfig, pairs: Pairs) -> Tensor:
        return exact_edges(bridge, graph, pairs.clean, stands_in(pairs, self.ablation), metric_of(config, pairs))

    def _others(self, unit: str, hidden: Disguised, nodes: Sequence[int | None]) -> tuple[int, ...]:
        """Bystanders that carry another behaviour of the network."""
        config, carry = self.subject(unit).config, torch.zeros(len(nodes), dtype=torch.bool)
        for pairs in self.elsewhere(unit, "key", FRESH):
            bridge, metric = boot_bridge(config, hidden.params), metric_of(config, pairs)
            graph, corrupt = graph_of(config, hidden.groups), stands_in(pairs, self.ablation)
            gap = gap_of(*(metric(run(bridge, tokens, {})) for tokens in (pairs.clean, pairs.corrupt)))
            carry |= shares(node_effects(bridge, graph, pairs.clean, corrupt, metric), gap)[1:] >= CARRIES
        return tuple(place for place, one in enumerate(nodes) if one == 0 and bool(carry[place]))


Effect = Callable[[Sequence[int]], float]
"""Of writers before the disguise: what replacing them together changes, as a share of the gap."""


def apart(effect: Effect, bystanders: Sequence[int], most: float = IDLE) -> list[str]:
    """What is wrong if writers that have nothing to do with a behaviour change something together."""
    found = effect(bystanders)
    return [] if found <= most else [f"bystanders change {found:.1e} of the gap together, wanted {most:.0e}"]


def passes(nodes: int) -> int:
    """Rows that a ranked method may run through a network of so many nodes."""
    return round(PASSES * nodes * SHOWN)


def graph_of(config: TransformerConfig, groups: Groups) -> Graph:
    """The graph of a network whose heads share nothing."""
    return Graph(n_layers=config.n_layers, n_heads=config.n_heads, n_key_heads=config.n_heads, groups=groups)


Layer = tuple[tuple[int, ...], ...]


def _moved(groups: Layer, places: tuple[int, ...], order: list[int]) -> Layer:
    now = {before: place for place, before in enumerate(places)}
    return tuple(tuple(sorted(now[neuron] for neuron in groups[group])) for group in order)
