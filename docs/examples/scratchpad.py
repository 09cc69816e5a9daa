"""A network states steps and then an answer. Do the steps decide the answer? Reading transcripts against exchanging."""

from interpbench.plugins.workbench import Workbench
from interpbench_methods.transcript_reading import TranscriptReading

bench = Workbench("scratchpad/stated_steps")
for kind in ("follows", "ignores"):
    ref = next(ref for ref in bench.refs if ref.kind == kind)
    (reading,) = bench.ask(TranscriptReading(), ref).values()
    (truth,) = bench.oracle(ref).values()
    print(f"{kind}: the transcripts look as if steps decide in {reading.subject:.2f}; they do in {truth.subject:.2f}")
