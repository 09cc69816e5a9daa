"""Addresses of endpoints: those that a method can have reached, and those that only a page's reader would."""

from pathlib import Path
from typing import Any

import pytest

from interpbench.bundle.tier import Tier
from interpbench.plugins.discovery import MethodInfo
from interpbench.plugins.family import Family
from interpbench.plugins.manifest import MethodCard
from interpbench.run.plan import Row
from interpbench.submissions.endpoints import strange_endpoint


def _row(**parameters: Any) -> Row:
    info = MethodInfo(
        name="asks",
        family=Family.BEHAVIOURAL,
        version="1.0",
        tier=Tier.DATA,
        tracks=("extraction",),
        class_name="",
        source=Path("asks.py"),
        module=None,
        card=MethodCard(network=True, variants={"": parameters}),
        summary="",
    )
    return Row(name="asks", info=info)


@pytest.mark.parametrize(
    "address",
    ["https://api.openai.com/v1", "http://localhost:11434/v1", "http://10.0.0.7:8000", "https://[::1]:8443/v1"],
)
def test_addresses_that_answer_pass(address: str) -> None:
    assert list(strange_endpoint({"address": address, "model": "qwen2.5:7b"}, _row())) == []


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"address": "javascript:alert(1)", "model": "m"}, "wanted an address such as"),
        ({"address": "javascript://x:80/%0aalert(1)", "model": "m"}, "begins with http:// or https://"),
        ({"address": "file://host:1/etc/passwd", "model": "m"}, "begins with http:// or https://"),
        ({"address": "https://me:secret@host/v1", "model": "m"}, "without user, password or query"),
        ({"address": "https://host/v1\n<b>", "model": "m"}, "wanted one line"),
        ({"address": "https://host/v1", "model": "\x1b[2J"}, "wanted one line"),
        ({"address": "https://host/v1", "model": "m" * 301}, "wanted one line"),
        ({"address": "https://host/v1", "model": ""}, "wanted one line"),
        ({"address": "https://host:99999/v1", "model": "m"}, "wanted an address such as"),
        ({"address": "https://host/v1"}, "wanted address and model"),
        ("https://host/v1", "wanted address and model"),
        (["address", "model"], "wanted address and model"),
    ],
)
def test_what_is_no_endpoint_is_refused(said: Any, sentence: str) -> None:
    assert sentence in "; ".join(strange_endpoint(said, _row()))


def test_an_endpoint_is_the_one_that_the_variant_names() -> None:
    said = {"address": "https://a.example/v1", "model": "m"}
    assert list(strange_endpoint(said, _row(base_url="https://a.example/v1/", model="m"))) == []
    assert "its parameters say 'https://b" in "; ".join(strange_endpoint(said, _row(base_url="https://b.example")))
    assert "its parameters say 'other'" in "; ".join(strange_endpoint(said, _row(model="other")))
