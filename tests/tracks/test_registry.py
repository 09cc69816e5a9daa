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
    mixin = getattr(module, entry.mixin)
    assert callable(getattr(mixin, entry.function))
    if name != "features":  # a method of that track says one of three things; what it does not define, it cannot say
        assert entry.function in mixin.__abstractmethods__


def test_listing_the_tracks_imports_no_torch() -> None:
    code = "import sys, interpbench.tracks.registry; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
