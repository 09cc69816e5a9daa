import json
import re
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from interpbench.models.config import MLPConfig, PromptedConfig
from interpbench.models.forward import Params, initial
from interpbench.models.train import Trained
from interpbench.models.zoo import (
    Manifest,
    ModelRecord,
    ZooError,
    load_params,
    read_manifest,
    rounded,
    tensors_hash,
    write_zoo,
)

CONFIG = MLPConfig(vocabulary=4, length=2, positions=(1,), classes=4, d_mlp=8)
MEND = r"restore the file \(`git checkout` or reinstall\) or train the zoo again with `interpbench zoo build`"


def network(seed: int) -> Params:
    return initial(CONFIG, torch.Generator().manual_seed(seed))


def record(params: Params) -> ModelRecord:
    return ModelRecord(
        config=CONFIG,
        sha256=tensors_hash(params),
        recipe={"role": "generaliser"},
        trained=Trained(steps=10, loss=0.5, seconds=0.1),
        measured={"test_accuracy": 1 / 3},
    )


@pytest.fixture
def zoo(tmp_path: Path) -> tuple[Path, Manifest]:
    weights = {"one": network(0), "two": network(1)}
    manifest = Manifest(task="t/x", version="1.0", models={name: record(params) for name, params in weights.items()})
    return tmp_path, write_zoo(tmp_path, manifest, weights)


def load(zoo: tuple[Path, Manifest], name: str = "one") -> Params:
    return load_params(zoo[0], name, zoo[1].models[name])


def spoil(path: Path, start: int, flip: int = 0xFF) -> None:
    content = bytearray(path.read_bytes())
    content[start] ^= flip
    path.write_bytes(bytes(content))


def test_what_is_written_comes_back_through_fp16(zoo: tuple[Path, Manifest]) -> None:
    assert read_manifest(zoo[0]) == zoo[1]
    for name, seed in (("one", 0), ("two", 1)):
        want = rounded(network(seed))
        got = load(zoo, name)
        assert set(got) == set(want)
        assert all(torch.equal(got[key], want[key]) and got[key].dtype is torch.float32 for key in want)
    assert not list(zoo[0].glob(".*"))  # nothing half-written stays


def test_control_fp16_is_not_the_identity() -> None:
    params = network(0)
    assert any(not torch.equal(rounded(params)[name], params[name]) for name in params)
    assert all(torch.allclose(rounded(params)[name], params[name], rtol=1e-3, atol=1e-7) for name in params)


@given(st.integers(0, 2**31))
def test_rounding_twice_is_rounding_once_and_keeps_the_hash(seed: int) -> None:
    once = rounded(network(seed))
    assert all(torch.equal(rounded(once)[name], once[name]) for name in once)
    assert tensors_hash(once) == tensors_hash(network(seed))


def test_the_hash_sees_values_names_and_shapes() -> None:
    params = {"a": torch.arange(6.0), "b": torch.ones(2)}
    others = [
        params | {"a": torch.arange(6.0).view(2, 3)},
        params | {"a": torch.arange(6.0) + 1},
        {"c": params["a"], "b": params["b"]},
        {"a": params["a"]},
    ]
    assert len({tensors_hash(one) for one in (params, *others)}) == 5
    assert tensors_hash(dict(reversed(params.items()))) == tensors_hash(params)


@pytest.mark.parametrize("bad", [1e5, -1e5, float("inf"), float("nan")])
def test_a_weight_that_fp16_cannot_hold_is_named(bad: float) -> None:
    params = network(0)
    params["head.bias"][2] = bad
    with pytest.raises(ZooError, match=re.escape("head.bias: a weight beyond fp16's range (65504)")):
        rounded(params)


def test_missing_weights_are_named_with_what_mends_them(zoo: tuple[Path, Manifest]) -> None:
    (zoo[0] / "zoo.safetensors").unlink()
    with pytest.raises(ZooError, match=rf"zoo\.safetensors: the weights are missing; {MEND}"):
        load(zoo)


@pytest.mark.parametrize("kept", [0, 4, 60, -1])
def test_truncated_weights_are_named(zoo: tuple[Path, Manifest], kept: int) -> None:
    path = zoo[0] / "zoo.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ZooError, match=rf"damaged or truncated \(.+\); {MEND}"):
        load(zoo)


def test_a_flipped_byte_in_the_weights_is_found_in_the_network_it_belongs_to(zoo: tuple[Path, Manifest]) -> None:
    path = zoo[0] / "zoo.safetensors"
    spoil(path, -1)  # the last tensor in the file is one of `two`
    with pytest.raises(ZooError, match=rf"the weights of two are not those of the manifest; {MEND}"):
        load(zoo, "two")
    assert load(zoo, "one")


def test_a_flipped_byte_in_the_header_is_found(zoo: tuple[Path, Manifest]) -> None:
    spoil(zoo[0] / "zoo.safetensors", 9)
    with pytest.raises(ZooError, match="damaged or truncated"):
        load(zoo)


def test_a_network_that_the_file_lacks_or_that_was_swapped_is_found(zoo: tuple[Path, Manifest]) -> None:
    with pytest.raises(ZooError, match="the weights of three are not those of the manifest"):
        load_params(zoo[0], "three", zoo[1].models["one"])
    with pytest.raises(ZooError, match="the weights of two are not those of the manifest"):
        load_params(zoo[0], "two", zoo[1].models["one"])


def test_a_missing_manifest_says_how_to_train(tmp_path: Path) -> None:
    with pytest.raises(ZooError, match=r"zoo\.json: no zoo here; train it with `interpbench zoo build`"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": None}, "damaged at task: Input should be a valid string"),
        ({"colour": "red"}, "damaged at colour: Extra inputs are not permitted"),
        ({"models": {"one": {}}}, r"damaged at models\.one\.config: Field required"),
    ],
)
def test_a_damaged_manifest_names_the_place(
    zoo: tuple[Path, Manifest], change: dict[str, object], message: str
) -> None:
    path = zoo[0] / "zoo.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ZooError, match=rf"{message}; {MEND}"):
        read_manifest(zoo[0])


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]"])
def test_a_manifest_that_is_no_document_is_damaged_at_the_top(zoo: tuple[Path, Manifest], content: bytes) -> None:
    (zoo[0] / "zoo.json").write_bytes(content)
    with pytest.raises(ZooError, match="damaged at the top"):
        read_manifest(zoo[0])


def test_equal_zoos_are_equal_bytes(zoo: tuple[Path, Manifest], tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    weights = {"two": network(1), "one": network(0)}  # another order
    again = write_zoo(other, zoo[1].model_copy(update={"sha256": ""}), weights)
    assert again.sha256 == zoo[1].sha256
    assert (other / "zoo.safetensors").read_bytes() == (zoo[0] / "zoo.safetensors").read_bytes()


def test_a_prompted_model_is_recorded_without_tensors(tmp_path: Path) -> None:
    config = PromptedConfig(vocabulary=6, length=4, positions=(3,), classes=6, model="a model", shots=16)
    prompted = record({}).model_copy(update={"config": config})
    written = write_zoo(tmp_path, Manifest(task="t/x", version="1.0", models={"a": prompted}), {"a": {}})
    assert read_manifest(tmp_path) == written
    assert load_params(tmp_path, "a", written.models["a"]) == {}
    other = prompted.model_copy(update={"sha256": tensors_hash(network(0))})
    with pytest.raises(ZooError, match="not those of the manifest"):
        load_params(tmp_path, "a", other)
