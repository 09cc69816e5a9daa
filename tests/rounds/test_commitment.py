"""One hash binds salt, networks and keys: none of them can be exchanged, and it tells none of them."""

import os

import pytest

from interpbench.models.names import SALT, salted, seed_of
from interpbench.rounds.commitment import bound, commit, keys_digest

ZOOS = {"circuits/merged": "aa", "extraction/plain": "bb"}
KEYS = {"circuits/merged": "cc", "extraction/plain": "dd"}
TERMS = {"closes": "2027-03-01 12:00:00", "submission somebody": "ff"}


def test_it_does_not_depend_on_order() -> None:
    turned = [dict(reversed(one.items())) for one in (ZOOS, KEYS, TERMS)]
    assert bound("salt", ZOOS, KEYS, TERMS) == bound("salt", *turned)


@pytest.mark.parametrize(
    ("salt", "zoos", "keys", "terms"),
    [
        ("other", ZOOS, KEYS, TERMS),
        ("salt", ZOOS | {"circuits/merged": "ab"}, KEYS, TERMS),
        ("salt", ZOOS, KEYS | {"extraction/plain": "de"}, TERMS),
        ("salt", {"circuits/merged": "aa"}, KEYS, TERMS),
        ("salt", {**ZOOS, "features/circular": "ee"}, KEYS, TERMS),
        ("salt", {"circuits/merged": "bb", "extraction/plain": "aa"}, KEYS, TERMS),
        ("salt", KEYS, ZOOS, TERMS),
        ("salt", ZOOS, KEYS, TERMS | {"closes": "2027-03-02 12:00:00"}),
        ("salt", ZOOS, KEYS, TERMS | {"submission somebody": "00"}),
        ("salt", ZOOS, KEYS, TERMS | {"submission a friend": "11"}),
        ("salt", ZOOS, KEYS, {"closes": TERMS["closes"]}),
    ],
)
def test_every_change_changes_it(salt: str, zoos: dict[str, str], keys: dict[str, str], terms: dict[str, str]) -> None:
    assert bound(salt, zoos, keys, terms) != bound("salt", ZOOS, KEYS, TERMS)


def test_the_salt_is_not_in_it() -> None:
    assert "very secret" not in commit("very secret", ZOOS, KEYS, TERMS).model_dump_json()


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
