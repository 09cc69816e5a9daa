from interpbench.tracks.generalization.key import GradedKey, PairKey
from interpbench.tracks.generalization.recipe import Kind
from interpbench.tracks.generalization.track import TRACK


def test_what_a_pair_key_says() -> None:
    key = PairKey(kind=Kind.SEED, test_a=0.2, test_b=1.0)
    assert (key.differ, key.a_generalises) == (True, False)
    assert PairKey(kind=Kind.SEED, test_a=1.0, test_b=0.2).a_generalises
    assert not PairKey(kind=Kind.NULL, test_a=1.0, test_b=0.99).differ


def test_keys_survive_the_store() -> None:
    pair = PairKey(kind=Kind.NULL, test_a=0.1, test_b=1 / 3)
    graded = GradedKey(test=1 / 3, log_norm=2.5, log_loss=-3.0, n_train=100)
    assert TRACK.read_key(pair.model_dump(mode="json")) == pair
    assert TRACK.read_key(graded.model_dump(mode="json")) == graded
