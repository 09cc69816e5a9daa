"""One hash binds salt, networks and keys: none of them can be exchanged, and it tells none of them."""

import os

import pytest

from interpbench.models.names import SALT, salted, seed_of
from interpbench.rounds.commitment import bound, commit, keys_digest

ZOOS = {"circuits/merged": "aa", "extraction/plain": "bb"}
KEYS = {"circuits/merged": "cc", "extraction/plain": "dd"}


def test_it_does_not_depend_on_order() -> None:
    assert bound("salt", ZOOS, KEYS) == bound("salt", dict(reversed(ZOOS.items())), dict(reversed(KEYS.items())))


@pytest.mark.parametrize(
    ("salt", "zoos", "keys"),
    [
        ("other", ZOOS, KEYS),
        ("salt", ZOOS | {"circuits/merged": "ab"}, KEYS),
        ("salt", ZOOS, KEYS | {"extraction/plain": "de"}),
        ("salt", {"circuits/merged": "aa"}, KEYS),
        ("salt", {**ZOOS, "features/circular": "ee"}, KEYS),
        ("salt", {"circuits/merged": "bb", "extraction/plain": "aa"}, KEYS),
        ("salt", KEYS, ZOOS),
    ],
)
def test_every_change_changes_it(salt: str, zoos: dict[str, str], keys: dict[str, str]) -> None:
    assert bound(salt, zoos, keys) != bound("salt", ZOOS, KEYS)


def test_the_salt_is_not_in_it() -> None:
    assert "very secret" not in commit("very secret", ZOOS, KEYS).model_dump_json()


def test_keys_count_in_their_order() -> None:
    assert keys_digest([{"a": 1.0}, {"a": 2.0}]) != keys_digest([{"a": 2.0}, {"a": 1.0}])
    assert keys_digest([{"a": 1.0, "b": 2}]) == keys_digest([{"b": 2, "a": 1.0}])


def test_a_salt_changes_every_seed_and_leaves_no_trace() -> None:
    plain = [seed_of("a"), seed_of("b", 1)]
    with salted("one"):
        first = [seed_of("a"), seed_of("b", 1)]
        with pytest.raises(ValueError, match="set already"), salted("two"):
            pass
    with salted("two"):
        second = [seed_of("a"), seed_of("b", 1)]
    assert len({*plain, *first, *second}) == 6
    assert SALT not in os.environ
    assert [seed_of("a"), seed_of("b", 1)] == plain
    with pytest.raises(ValueError, match="empty"), salted(""):
        pass
