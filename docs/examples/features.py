"""Activations hold variables. A probe reads one off a circle; an untrained network of equal shape is the control."""

from interpbench.plugins.workbench import Workbench
from interpbench_methods.sparse_autoencoder import SparseAutoencoder
from interpbench_methods.variable_probe import VariableProbe

bench = Workbench("features/circular")
ref = next(ref for ref in bench.refs if ref.kind == "circular")
world = bench.question(ref.units[0])
print(f"{len(world.shown)} activations of width {world.shown.shape[1]}, labelled with {', '.join(world.variables)}")

for method in (VariableProbe(probe="linear"), VariableProbe(probe="mean-difference"), SparseAutoencoder(kind="topk")):
    score = bench.score(ref, bench.ask(method, ref)).values["score"]
    print(f"{method.name} {method.parameters}: {score:.2f} (0 knows nothing, 1 is the planted truth)")
