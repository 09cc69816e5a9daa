"""The contract of tasks: a few of their networks are trained, or those of their zoo looked at."""

from collections.abc import Callable

from interpbench.plugins.discovery import TaskInfo, load_task
from interpbench.plugins.manifest import PluginError
from interpbench.tracks.instance import Problem


def check_task(info: TaskInfo, say: Callable[[str], None] = lambda _: None) -> list[Problem]:
    """Faults of a task: of its card, its rule and recipes, and of a few networks trained here (or of its zoo).

    Args:
        info: the task.
        say: told what is being done, since training takes a while.
    """
    if info.lacking:
        return [Problem(where=info.name, what=info.lacking)]
    try:
        task = load_task(info)
    except PluginError as error:
        return [Problem(where=info.name, what=str(error))]
    problems = []
    size = info.card.sizes[0]
    try:
        recipes = task.recipes(size)
    except Exception as error:
        return [Problem(where=info.name, what=f"recipes({size!r}): {type(error).__name__}: {error}")]
    if recipes and not info.card.networks:
        problems.append(Problem(where=info.name, what="task.yaml says `networks: false`, and there are recipes"))
    elif not recipes and info.card.networks:
        problems.append(Problem(where=info.name, what=f"recipes({size!r}) is empty"))
    if len({recipe.id for recipe in recipes}) != len(recipes):
        problems.append(Problem(where=info.name, what="two recipes have the same id"))
    by_role = {(recipe.stratum, recipe.role, recipe.name): recipe for recipe in recipes}
    for recipe in by_role.values():
        say(f"training {recipe.id}")
        problems += _check_recipe(task, recipe)
    if hasattr(task, "manifest") or not info.card.networks:
        say("re-deriving its keys")
        for ref in task.refs("contract", size):
            problems += task.check(task.build(ref))
    return problems


def _check_recipe(task: object, recipe: object) -> list[Problem]:
    where = str(getattr(recipe, "id", "recipe"))
    refused = []
    tries = int(getattr(recipe, "tries", 1))
    for attempt in range(tries):
        try:
            params, trained = task.train(recipe, attempt)  # type: ignore[attr-defined]
            measured = task.measure(recipe, params)  # type: ignore[attr-defined]
            why = task.gate(recipe, measured)  # type: ignore[attr-defined]
        except Exception as error:
            return [Problem(where=where, what=f"{type(error).__name__}: {error}")]
        if trained.seconds > 30:
            refused.append(f"{trained.seconds:.0f} s of training, 30 allowed")
        elif why is None:
            return []
        else:
            refused.append(why)
    return [Problem(where=where, what=f"no seed passed its gate in {tries} tries: {'; '.join(refused)}")]
