"""Figures of a site: what matplotlib draws passes, and whatever could do more than be looked at does not."""

import pytest
from boards import typical

from interpbench.report.figures.every import figure_files
from interpbench.report.site.figures import Unsafe, figure_names, refuse_unsafe

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
UNSAFE = {
    "a-script": f"{OPEN}<script>alert(document.domain)</script></svg>",
    "a-script-under-another-name": '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:script/></s:svg>',
    "a-script-of-html": f'{OPEN}<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script></svg>',
    "a-script-among-what-is-said": f"{OPEN}<metadata><script/></metadata></svg>",
    "an-event": '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "an-event-in-capitals": '<svg xmlns="http://www.w3.org/2000/svg" ONLOAD="alert(1)"/>',
    "a-foreign-object": f"{OPEN}<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'/></foreignObject></svg>",
    "a-link": f'{OPEN}<a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "use-of-another-file": f'{OPEN}<use xlink:href="https://evil.example/x.svg#a"/></svg>',
    "use-without-a-namespace": f'{OPEN}<use href="data:image/svg+xml,x#a"/></svg>',
    "an-image-from-elsewhere": f'{OPEN}<image href="https://evil.example/x.png"/></svg>',
    "an-image-that-is-a-document": f'{OPEN}<image href="data:image/svg+xml;base64,AAAA"/></svg>',
    "an-animation": f'{OPEN}<set attributeName="href" to="javascript:alert(1)"/></svg>',
    "a-style-that-loads": f"{OPEN}<style>@import 'https://evil.example/x.css';</style></svg>",
    "a-style-that-hides-it": f"{OPEN}<style>* {{fill: u\\72l(https://evil.example)}}</style></svg>",
    "a-property-that-loads": f'{OPEN}<path style="fill: url(https://evil.example/x)"/></svg>',
    "another-base": f'{OPEN}<g xml:base="https://evil.example/"/></svg>',
    "a-stylesheet": f'<?xml-stylesheet href="https://evil.example/x.xsl" type="text/xsl"?>{OPEN}</svg>',
    "an-entity": f'<!DOCTYPE svg [<!ENTITY x "y">]>{OPEN}<text>&x;</text></svg>',
    "an-attribute-by-default": f'<!DOCTYPE svg [<!ATTLIST svg onload CDATA "alert(1)">]>{OPEN}</svg>',
    "another-encoding": f'<?xml version="1.0" encoding="utf-7"?>{OPEN}</svg>',
    "a-page": "<html><script>alert(1)</script></html>",
    "no-namespace": "<svg><script/></svg>",
    "no-xml": "hello",
    "nothing": "",
}


@pytest.mark.parametrize("name", UNSAFE)
def test_what_could_do_more_than_be_looked_at_is_refused(name: str) -> None:
    with pytest.raises(Unsafe):
        refuse_unsafe(UNSAFE[name].encode())


def test_figures_as_the_report_draws_them_pass_and_are_named() -> None:
    board = typical()
    track = board.tracks[0].model_copy(update={"scatter": ("accuracy", "recipe")})
    board = board.model_copy(update={"tracks": [track]})
    files = figure_files(board, ("svg",))
    assert len(files) == 4
    assert files.keys() <= figure_names("quick", track)
    for content in files.values():
        refuse_unsafe(content)


def test_an_image_inside_of_a_figure_passes() -> None:
    refuse_unsafe(f'{OPEN}<image xlink:href="data:image/png;base64,AAAA"/><use xlink:href="#a"/></svg>'.encode())
