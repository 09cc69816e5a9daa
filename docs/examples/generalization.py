"""Two networks get every shown row right. Which one generalises? Two rivals on one pair."""

from interpbench.plugins.workbench import Workbench
from interpbench_methods.confidence import Confidence
from interpbench_methods.scalars import Scalars

bench = Workbench("generalization/modular_addition")
pair = next(ref for ref in bench.refs if ref.kind == "recipe")
first, second = (bench.question(unit) for unit in pair.units)
print(f"{len(first.rows)} shown rows, on which both networks are right; a row: {first.rows.tokens[0].tolist()}")

for method in (Confidence(), Scalars(statistic="weight-norm"), Scalars(statistic="train-loss")):
    scores = [answer.score for answer in bench.ask(method, pair).values()]
    print(f"{method.name} {method.parameters}: {scores[0]:.3f} against {scores[1]:.3f}")

key = bench.key(pair)
print(f"truth: accuracy on inputs that nobody was shown {key.test_a:.2f} against {key.test_b:.2f}")
