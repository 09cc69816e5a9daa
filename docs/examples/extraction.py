"""Rows came from a program and a network learnt them. Write the program down: what is a theory of the rows worth?"""

from interpbench.plugins.workbench import Workbench
from interpbench_methods.rows_to_theory import RowsToTheory
from interpbench_methods.synthesis_from_queries import SynthesisFromQueries

bench = Workbench("extraction/plain")
ref = next(ref for ref in bench.refs if ref.kind == "plain")
question = bench.question(ref.units[0])
print(f"{len(question.rows)} rows; {question.rows.tokens[0].tolist()} gives {int(question.rows.labels[0, 0])}")

for method in (RowsToTheory(writer="tree"), SynthesisFromQueries(states=4_000_000, size=120, searches=3)):
    answers = bench.ask(method, ref)
    (answer,) = answers.values()
    score = bench.score(ref, answers).values
    print(
        f"{method.name} ({len(answer.theory.splitlines())} lines): agrees with the network on {score['fidelity']:.2f}"
    )

print("the program that was planted:")
print(bench.key(ref).theory)
