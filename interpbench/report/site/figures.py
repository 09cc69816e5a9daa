"""Figures that a site copies: those that its boards name, and of these only what is a picture and nothing else.

An SVG that is opened by itself is a document of the site, and a script in it would run as the site's own. So what is
known to be harmless is let through, as matplotlib draws it, and nothing else.
"""

import re
from collections.abc import Iterable
from xml.parsers import expat

from interpbench.score.board import TrackBoard

KINDS = ("forest", "cost", "kinds", "scatter")
"""Figures of a track, as `report --figures` names them."""
PROFILES = ("profile-families.svg", "profile-methods.svg")
SVG = "http://www.w3.org/2000/svg"
ABOUT = (
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://purl.org/dc/elements/1.1/",
)
"""Namespaces of what stands in `metadata`."""
SHAPES = frozenset(
    {
        *("svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "style", "image", "text", "tspan"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "clipPath", "mask", "pattern", "marker"),
        *("linearGradient", "radialGradient", "stop"),
    }
)
PICTURE = "data:image/png;base64,"
_ELSEWHERE = re.compile(r"""url\(\s*(?!['"]?\#)|\\|@|javascript:|expression\(|<""", re.IGNORECASE)
"""In a style: what loads something, or could be read as something that does."""


class Unsafe(ValueError):
    """A figure could do more than be looked at; the message says what stands in it."""


def figure_names(suite: str, track: TrackBoard) -> frozenset[str]:
    """File names of the figures of a board's track: beside its JSON, and in a folder of `report --figures`."""
    return frozenset({f"{suite}-{track.track}.svg", *(f"{track.track}-{kind}.svg" for kind in KINDS), *PROFILES})


def refuse_unsafe(content: bytes) -> None:
    """Whether a figure is nothing but shapes and text, as matplotlib writes them.

    Raises:
        Unsafe: with the first thing that is none.
    """
    parser = expat.ParserCreate("utf-8", " ")
    styles: list[str] = []
    within: list[str] = []

    def declared(_: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise Unsafe(f"its encoding is {encoding[:20]!r}; wanted utf-8")

    def document_type(_: str, __: str | None, ___: str | None, internal: int) -> None:
        if internal:
            raise Unsafe("its document type defines something of its own; wanted none that does")

    def instruction(target: str, _: str) -> None:
        raise Unsafe(f"it has an instruction {target[:20]!r}; wanted none")

    def start(element: str, attributes: dict[str, str]) -> None:
        namespace, _, name = element.rpartition(" ")
        if not (namespace == SVG and name in SHAPES) and not ("metadata" in within and namespace in ABOUT):
            raise Unsafe(f"it has an element <{name[:40]}>; wanted shapes and text alone")
        if not within and name != "svg":
            raise Unsafe(f"it begins with <{name[:40]}>; wanted <svg>")
        within.append(name)
        _refuse_attributes(name, attributes.items())

    def end(_: str) -> None:
        within.pop()

    def text(characters: str) -> None:
        if "style" in within:
            styles.append(characters)

    parser.XmlDeclHandler = declared
    parser.StartDoctypeDeclHandler = document_type
    parser.ProcessingInstructionHandler = instruction
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Unsafe(f"it is no XML: {error}") from error
    if _ELSEWHERE.search("".join(styles)):
        raise Unsafe("its style may load something; wanted plain properties")


def _refuse_attributes(element: str, attributes: Iterable[tuple[str, str]]) -> None:
    for full, value in attributes:
        namespace, _, name = full.rpartition(" ")
        if name.lower().startswith("on"):
            raise Unsafe(f"<{element}> has an event {name[:40]!r}; wanted none")
        if name.lower() == "base":
            raise Unsafe(f"<{element}> says where its addresses begin; wanted none that leads out of the figure")
        if name.lower() == "href":
            if not value.startswith("#") and not (element == "image" and value.startswith(PICTURE)):
                raise Unsafe(f"<{element}> leads to {value[:60]!r}; wanted a place in the figure itself")
        elif namespace not in ABOUT and _ELSEWHERE.search(value):
            raise Unsafe(f"<{element}> has {name[:40]}={value[:60]!r}; wanted nothing that is loaded")
