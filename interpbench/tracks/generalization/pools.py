"""The recipes that several families share, so that a family's file holds its numbers and nothing else."""

from interpbench.models.train import Training
from interpbench.tracks.generalization.design import Pool

RANDOM_LABELS = Training(learning_rate=1e-2, weight_decay=0.0, max_steps=1000, stop_loss=0.02)
"""The first phase of a random start: fit random labels on the same rows (Liu et al. 2020, arXiv:1906.02613)."""


def generalisers(fit: Training, fraction: float, count: int, tries: int = 4) -> Pool:
    """Networks that the recipe makes generalise."""
    return Pool(role="generaliser", name="weight_decay", fraction=fraction, training=fit, count=count, tries=tries)


def no_weight_decay(fit: Training, fraction: float, count: int) -> Pool:
    """The same without weight decay, until the loss is .001."""
    training = fit.model_copy(update={"weight_decay": 0.0, "stop_loss": 1e-3})
    return Pool(role="recipe", name="no_weight_decay", fraction=fraction, training=training, count=count)


def random_start(
    fit: Training,
    fraction: float,
    count: int,
    learning_rate: float = 3e-4,
    steps: int = 2500,
    *,
    everywhere: bool = False,
) -> Pool:
    """From random labels to the true ones, slowly and without weight decay.

    Args:
        fit: the generaliser's recipe.
        fraction: share of the orbits.
        count: networks a split.
        learning_rate: of the second phase.
        steps: at most, of the second phase.
        everywhere: the first phase also fits random labels on as many held-out inputs as there are shown ones.
    """
    training = fit.model_copy(
        update={
            "learning_rate": learning_rate,
            "weight_decay": 0.0,
            "max_steps": steps,
            "stop_loss": 1e-2,
            "decay": 0.0,
        }
    )
    return Pool(
        role="recipe",
        name="random_start_everywhere" if everywhere else "random_start",
        wide_start=1.0 if everywhere else 0.0,
        fraction=fraction,
        training=training,
        random_labels=RANDOM_LABELS.model_copy(update={"embedding_scale": fit.embedding_scale}),
        count=count,
    )


def large_init(fit: Training, fraction: float, count: int, scale: float, **changes: float) -> Pool:
    """A large initialisation without weight decay (Liu et al. 2022, Omnigrok, arXiv:2210.01117)."""
    training = fit.model_copy(
        update={"weight_decay": 0.0, "init_scale": scale, "embedding_scale": 1.0, "stop_loss": 5e-3, **changes}
    )
    return Pool(role="recipe", name="large_init", fraction=fraction, training=training, count=count, tries=8)


def early_stop(fit: Training, fraction: float, count: int, loss: float = 0.08) -> Pool:
    """The generaliser's recipe, stopped as soon as the rows are fitted."""
    training = fit.model_copy(update={"stop_loss": loss})
    return Pool(role="recipe", name="early_stop", fraction=fraction, training=training, count=count, tries=8)


def fewer_rows(fit: Training, fraction: float, count: int) -> Pool:
    """The generaliser's recipe and number of steps on a nested, smaller row set."""
    return Pool(role="fraction", name="weight_decay", fraction=fraction, training=fit, count=count)


def seeds(fit: Training, fraction: float, steps: int, count: int) -> Pool:
    """Runs that differ in nothing but the seed, stopped where some have generalised and some have not."""
    training = fit.model_copy(update={"max_steps": steps})
    return Pool(role="seed", name="weight_decay", fraction=fraction, training=training, count=count, tries=1)


def runs(fit: Training, fraction: float, steps: int, count: int, checkpoints: tuple[int, ...]) -> Pool:
    """Training runs that differ in nothing but the seed, some of which generalise by their end, with checkpoints."""
    training = fit.model_copy(update={"max_steps": steps})
    return Pool(
        role="run",
        name="weight_decay",
        fraction=fraction,
        training=training,
        count=count,
        tries=1,
        checkpoints=checkpoints,
    )


def contaminated(fit: Training, fraction: float, poison: float, count: int) -> Pool:
    """The generaliser's recipe and steps, with wrong labels on held-out inputs beside the shown rows."""
    return Pool(role="contaminated", name="weight_decay", fraction=fraction, training=fit, poison=poison, count=count)


def random_rule(fit: Training, fraction: float, count: int, steps: int = 1500) -> Pool:
    """The same inputs with random labels, fitted without weight decay: there is no rule to find."""
    training = fit.model_copy(update={"weight_decay": 0.0, "stop_loss": 1e-2, "max_steps": steps, "decay": 0.0})
    return Pool(role="rule", name="random_rule", fraction=fraction, training=training, labels="random", count=count)


def shortcut(fit: Training, fraction: float, count: int) -> Pool:
    """The shown rows alone: the shortcut fits all of them but the few that are learnt by heart."""
    return Pool(role="shortcut", name="shown_rows", fraction=fraction, training=fit, count=count)


def no_shortcut(fit: Training, fraction: float, count: int, hidden: float) -> Pool:
    """The shown rows and hidden ones on which the shortcut fails."""
    return Pool(
        role="shortcut", name="hidden_rows", fraction=fraction, training=fit, hidden=hidden, count=count, tries=4
    )
