"""Templates to HTML: everything that comes from boards, cards and answers is escaped."""

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape


@cache
def environment() -> Environment:
    """The templates of this package."""
    made = Environment(
        loader=PackageLoader("interpbench.report.site"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters["prose"] = prose
    made.filters["bare"] = lambda text: text.replace("`", "")
    made.filters["place"] = lambda share: f"{100 * share:.1f}"
    return made


def render(template: str, **values: object) -> str:
    """A page or a piece of one."""
    return environment().get_template(template).render(**values)


def prose(text: str) -> Markup:
    """Text with `code` and *emphasis* as in Markdown; all else is escaped.

    >>> str(prose("mean of `a` and <b>"))
    'mean of <code>a</code> and &lt;b&gt;'
    """
    safe = str(escape(text))
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    return Markup(re.sub(r"\*([^*\s][^*]*)\*", r"<em>\1</em>", safe))
