import subprocess
import sys

import pytest

from interpbench.tracks.registry import TRACKS


@pytest.mark.parametrize("name", sorted(TRACKS))
def test_an_entry_says_what_the_track_asks_for(name: str) -> None:
    entry = TRACKS[name]
    track = entry.load()
    assert track.name == entry.name == name
    assert track.headline in track.metrics
    module = __import__(f"interpbench.tracks.{name}.enter", fromlist=[entry.mixin])
    assert entry.function in getattr(module, entry.mixin).__abstractmethods__


def test_listing_the_tracks_imports_no_torch() -> None:
    code = "import sys, interpbench.tracks.registry; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
