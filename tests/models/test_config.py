from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from interpbench.models.config import ModelConfig, PromptedConfig, RecordedConfig, TransformerConfig, weighted

ADAPTER: TypeAdapter[ModelConfig] = TypeAdapter(ModelConfig)
GOOD: dict[str, Any] = {"kind": "mlp", "vocabulary": 3, "length": 2, "positions": [1], "classes": 2}


def test_the_kind_tells_which_architecture() -> None:
    assert ADAPTER.validate_python(GOOD).kind == "mlp"
    assert ADAPTER.validate_python(GOOD | {"kind": "gru"}).kind == "gru"
    assert isinstance(ADAPTER.validate_python(GOOD | {"kind": "transformer"}), TransformerConfig)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "lstm"}, "'transformer', 'mlp', 'gru'"),
        ({"n_heads": 2}, "Extra inputs are not permitted"),
        ({"vocabulary": 0}, "greater than or equal to 1"),
        ({"classes": 1}, "greater than or equal to 2"),
        ({"activation": "tanh"}, "'relu' or 'square'"),
    ],
)
def test_what_no_network_has_is_an_error(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ADAPTER.validate_python(GOOD | change)


def test_a_head_is_a_share_of_the_stream() -> None:
    assert TransformerConfig(vocabulary=3, length=2, positions=(1,), classes=2, d_model=48, n_heads=3).d_head == 16


def test_a_prompted_model_is_recorded_and_never_treated_as_weights() -> None:
    document = {key: value for key, value in GOOD.items() if key != "kind"}
    prompted = PromptedConfig(**document, model="SmolLM2", shots=16)
    recorded: TypeAdapter[RecordedConfig] = TypeAdapter(RecordedConfig)
    assert recorded.validate_python(prompted.model_dump(mode="json")) == prompted
    assert recorded.validate_python(GOOD).kind == "mlp"
    with pytest.raises(ValidationError, match="'transformer', 'mlp', 'gru'"):
        ADAPTER.validate_python(prompted.model_dump(mode="json"))
    with pytest.raises(TypeError, match="SmolLM2 behind a prompt has no parameters here"):
        weighted(prompted)
    assert weighted(recorded.validate_python(GOOD)) == ADAPTER.validate_python(GOOD)


SHAPE: dict[str, Any] = {"vocabulary": 3, "length": 3, "positions": (2,), "classes": 2}


def test_an_empty_block_is_not_written_so_that_older_names_stay() -> None:
    assert "blocked" not in TransformerConfig(**SHAPE).model_dump(mode="json")
    assert "blocked" not in TransformerConfig(**SHAPE).model_dump_json()


def test_a_block_comes_back_from_json() -> None:
    config = TransformerConfig(**SHAPE, blocked=((2, 0), (1, 0)))
    assert config.model_dump(mode="json")["blocked"] == [[2, 0], [1, 0]]
    assert ADAPTER.validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize("pair", [(2, 2), (1, 2), (3, 0), (2, -1)])
def test_a_block_is_of_an_earlier_place(pair: tuple[int, int]) -> None:
    with pytest.raises(ValidationError, match="a position always sees itself"):
        TransformerConfig(**SHAPE, blocked=(pair,))
