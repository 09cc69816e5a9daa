"""Recipes of planted rules: drawn from the grammar over a world of inputs, for networks that will learn them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from interpbench.models.data import Rows
from interpbench.models.names import numpy_generator
from interpbench.theory import parse
from interpbench.theory import size as nodes
from interpbench.tracks.extraction.key import Kind
from interpbench.tracks.extraction.recipe import Recipe
from interpbench.tracks.extraction.rules import KINDS, Rule, Twins, consistent, draw, guarded, twins
from interpbench_tasks.extraction.networks import BY_HEART, FIT, FIT_GUARDED, recurrent, transformer

SHOWN = 500
"""Rows that a question shows."""
NODES = (5, 40)
"""Syntax nodes of a rule."""
NODES_GUARDED = (5, 24)
"""The same without its guard."""
RECURRENT = {"automata", "counting"}
"""Kinds of which a recurrent network learns some, too."""
SHUFFLED = 1000
"""Rules of this number and larger ones lend their labels to rows without a rule."""
FORMS = 50
"""Draws for a rule of another form."""
UNGUARDED = {"automata"}
"""Kinds that are given no guard: they often fail to be learnt without one."""


@dataclass(frozen=True, kw_only=True)
class World:
    """Where the rules of a task live, and the name that they are drawn from."""

    task: str
    length: int
    letters: int
    salt: str = ""
    """Drawn once, by chance: without it, nobody can draw a guarded rule or its rows again and hold them against those
    that are shown, which would tell a right guess of the guard from a wrong one."""


def ruled(world: World, kind: str, number: int) -> list[Recipe]:
    """A rule of a kind, learnt by a transformer, and by a recurrent network if the kind has a state."""
    plain = _recipe(_rule(world, kind, number), role=Kind.PLAIN, number=number)
    if kind not in RECURRENT or number % 2:
        return [plain]
    other = {"stratum": "gru", "config": recurrent(plain.alphabets, plain.classes)}
    return [plain, plain.model_copy(update=other)]


def without(world: World, number: int) -> Recipe:
    """The labels of a rule's rows, shuffled: as many classes as a rule has, of the same shares."""
    kind = list(KINDS)[number % len(KINDS)]
    like = ruled(world, kind, SHUFFLED + number - number % 2)[-1 if number % 3 == 0 else 0]
    return like.model_copy(update={"role": Kind.NULL, "number": number, "training": BY_HEART})


def guarded_rule(world: World, role: Kind, number: int, tests: int, queries: float) -> Recipe:
    """A rule with a branch behind a number of tests, and `queries` over its measure as budget."""
    kinds = [kind for kind in KINDS if kind not in UNGUARDED]
    kind = kinds[(3 * number + 2 * tests + (role is Kind.GUARDED_MANY)) % len(kinds)]
    salt = (world.salt,) if world.salt else ()
    rng = numpy_generator("extraction", world.task, role, tests, number, *salt)
    plain = draw(kind, rng, length=world.length, letters=world.letters, sizes=NODES_GUARDED)
    rule = guarded(plain, rng, world.letters**-tests)
    assert rule.guard is not None
    budget = max(1, round(queries / rule.guard.measure))
    return _recipe(rule, role=role, number=number).model_copy(
        update={"guard": rule.guard.tests, "salt": world.salt, "budget": budget, "training": FIT_GUARDED}
    )


def twin_sets(world: World, role: Kind, count: int, rows: Callable[[Recipe], Rows]) -> list[list[Recipe]]:
    """Sets of twins of which no two have rules that differ in numbers alone: some forms make twins far more often.

    Args:
        world: where they live.
        role: common or rare.
        count: sets wanted.
        rows: what a recipe shows; only sets whose rows no other rule of the grammar fits are taken.
    """
    made: list[list[Recipe]] = []
    seen: set[tuple[str, ...]] = set()
    attempt = 0
    while len(made) < count:
        drawn = _twins(world, role, attempt)
        form = tuple(sorted(map(_form, drawn.rules)))
        found = _recipes(drawn, role, len(made))
        if form not in seen and _alone(world, found, rows(found[0])):
            seen.add(form)
            made.append(found)
        attempt += 1
    return made


def _recipes(drawn: Twins, role: Kind, number: int) -> list[Recipe]:
    """One for each twin; all have the classes of the set, and the name of the smallest rule's kind."""
    together = {
        "name": drawn.rules[0].kind,
        "classes": drawn.classes,
        "config": transformer(drawn.rules[0].alphabets, drawn.classes),
        "rivals": tuple(str(one.theory) for one in drawn.rules),
    }
    return [_recipe(rule, role=role, number=number).model_copy(update=together) for rule in drawn.rules]


def _alone(world: World, found: list[Recipe], rows: Rows) -> bool:
    """Whether no other rule of the grammar, as large or smaller, fits the rows that the set shows."""
    largest = max(nodes(parse(one.theory)) for one in found)
    fit = consistent(rows.tokens.numpy(), rows.labels[:, 0].numpy(), world.length, world.letters, largest)
    return {str(rule.theory) for rule in fit} == set(found[0].rivals)


def _recipe(rule: Rule, *, role: Kind, number: int) -> Recipe:
    return Recipe(
        role=role,
        name=rule.kind,
        stratum="transformer",
        config=transformer(rule.alphabets, rule.classes),
        number=number,
        theory=str(rule.theory),
        alphabets=rule.alphabets,
        classes=rule.classes,
        shown=SHOWN,
        training=FIT,
    )


@cache
def _rule(world: World, kind: str, number: int) -> Rule:
    """The rule of a number, which differs from those of smaller numbers in more than numbers, if it can."""
    rng = numpy_generator("extraction", world.task, kind, number)
    rule = draw(kind, rng, length=world.length, letters=world.letters, sizes=NODES)
    if number >= SHUFFLED:
        return rule
    before = {_form(_rule(world, kind, earlier)) for earlier in range(number)}
    for _ in range(FORMS):
        if _form(rule) not in before:
            break
        rule = draw(kind, rng, length=world.length, letters=world.letters, sizes=NODES)
    return rule


def _form(rule: Rule) -> str:
    return re.sub(r"\d+", "n", str(rule.theory))


@cache
def _twins(world: World, role: Kind, attempt: int) -> Twins:
    rng = numpy_generator("extraction", world.task, role, attempt)
    return twins(
        rng,
        length=world.length,
        letters=world.letters,
        rows=SHOWN,
        stratum="common" if role is Kind.TWIST_COMMON else "rare",
    )
