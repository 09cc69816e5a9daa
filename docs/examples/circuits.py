"""Inputs differ in a behaviour: which parts carry it? Gradients and weights on one planted circuit."""

from interpbench.plugins.workbench import Workbench
from interpbench_methods.component_scalars import ComponentScalars
from interpbench_methods.composition import Composition
from interpbench_methods.edge_attribution import EdgeAttribution

bench = Workbench("circuits/merged")
ref = next(ref for ref in bench.refs if ref.kind == "merged")
asked = bench.question(ref.units[0]).asked
print(f"{len(asked.pairs)} pairs of inputs; replaced parts get what they make of the other input ({asked.ablation})")

for method in (EdgeAttribution(), Composition(), ComponentScalars(of="weights")):
    score = bench.score(ref, bench.ask(method, ref)).values
    print(f"{method.name}: right parts first {score['nodes']:.2f}, its circuit keeps {score['faithfulness']:.2f}")
