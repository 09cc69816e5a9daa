"""What positions and tokens bring to a network's answer, and a network that may be asked freely."""

from interpbench.toolkit.contributions.direct import Contributions, by_token, contributions
from interpbench.toolkit.contributions.oracle import Oracle, answers

__all__ = ["Contributions", "Oracle", "answers", "by_token", "contributions"]
