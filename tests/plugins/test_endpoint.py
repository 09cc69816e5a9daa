import pytest

from interpbench.plugins.endpoint import Endpoint
from interpbench.plugins.manifest import PluginError

SET = {"INTERPBENCH_ENDPOINT": "https://example.org/v1/", "INTERPBENCH_MODEL": "m"}


def test_the_environment_tells_what_the_parameters_leave_open() -> None:
    found = Endpoint.of({"model": "mine", "base_url": "", "steps": True}, SET)
    assert found == Endpoint(address="https://example.org/v1", model="mine", key_variable="OPENAI_API_KEY")
    assert Endpoint.of({}, found.variables) == found
    assert found.identity == {"address": "https://example.org/v1", "model": "mine"}


@pytest.mark.parametrize("missing", SET)
def test_half_an_endpoint_is_none(missing: str) -> None:
    assert Endpoint.of({}, {name: value for name, value in SET.items() if name != missing}) is None


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("https://a.org/v1", 443),
        ("http://a.org", 80),
        ("http://localhost:11434/v1", 11434),
        ("http://[::1]:8000", 8000),
    ],
)
def test_its_port(address: str, port: int) -> None:
    assert Endpoint(address=address, model="m").port == port


@pytest.mark.parametrize(
    "address",
    [
        "a.org/v1",
        "ftp://a.org",
        "https://",
        "http://a.org:0x1",
        "http://a.org:99999",
        "https://u:pw@a.org",
        "https://a.org/?api_key=pw",
    ],
)
def test_what_is_no_address_is_refused_without_showing_a_password(address: str) -> None:
    with pytest.raises(PluginError, match=r"wanted an address such as https://api\.openai\.com/v1") as caught:
        Endpoint.of({"base_url": address}, SET)
    assert "pw" not in str(caught.value)


def test_a_card_says_neither_which_variable_is_read_nor_that_a_key_goes_to_its_own_address() -> None:
    with pytest.raises(PluginError, match="set INTERPBENCH_KEY=NAME"):
        Endpoint.of({"key_variable": "AWS_SECRET_ACCESS_KEY"}, SET)
    theirs = Endpoint.of({"base_url": "https://example.net/v1", "model": "m"}, {"OPENAI_API_KEY": "sk-1"})
    assert theirs is not None
    assert theirs.key({"OPENAI_API_KEY": "sk-1"}) is None
    assert Endpoint.of({}, theirs.variables) == theirs
    named = Endpoint.of({"base_url": "https://example.net/v1", "model": "m"}, {"INTERPBENCH_KEY": "OPENAI_API_KEY"})
    assert named is not None
    assert named.key({"OPENAI_API_KEY": "sk-1"}) == "sk-1"


def test_no_variable_of_our_own_is_handed_out_as_a_key() -> None:
    with pytest.raises(PluginError, match="interpbench's own"):
        Endpoint.of({}, {**SET, "INTERPBENCH_KEY": "INTERPBENCH_SALT"})


def test_the_key_comes_from_the_variable_that_is_named() -> None:
    found = Endpoint.of({}, {**SET, "INTERPBENCH_KEY": "LAB"})
    assert found is not None
    assert found.key({"LAB": " sk-1 \n", "OPENAI_API_KEY": "other"}) == "sk-1"
    assert found.key({"OPENAI_API_KEY": "other"}) is None
    for wrong in ("two\nlines", "x" * 5000):
        with pytest.raises(PluginError, match="LAB: wanted a key"):
            found.key({"LAB": wrong})
