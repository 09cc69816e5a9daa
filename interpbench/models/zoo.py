"""The zoo on disk: fp16 weights in one safetensors file, what they are in one JSON manifest beside it."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from interpbench.models.config import RecordedConfig
from interpbench.models.forward import Params
from interpbench.models.train import Trained

SCHEMA = 1


class ZooError(RuntimeError):
    """The zoo is missing, damaged or not what its manifest says."""


class ModelRecord(BaseModel):
    """One network of a zoo."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    config: RecordedConfig
    sha256: str
    """Hash of the stored fp16 tensors; a prompted model stores none."""
    recipe: dict[str, Any]
    """Everything that training it again needs: the recipe's fields."""
    trained: Trained
    attempts: int = 1
    """Seeds tried until the recipe's own verification held."""
    measured: dict[str, float] = {}
    """Accuracies and covariates on the decoded weights."""


class Manifest(BaseModel):
    """What a zoo holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = SCHEMA
    task: str
    version: str
    sha256: str = ""
    """Hash of the weights file."""
    models: dict[str, ModelRecord] = {}
    yields: dict[str, tuple[int, int]] = {}
    """Per group of recipes: how many runs passed their gate, of how many."""


def tensors_hash(params: Params) -> str:
    """SHA-256 over names, shapes and fp16 values."""
    state = hashlib.sha256()
    for name in sorted(params):
        value = params[name].half().contiguous()
        state.update(f"{name}{tuple(value.shape)}".encode())
        state.update(value.numpy().tobytes())
    return state.hexdigest()


def rounded(params: Params) -> Params:
    """The parameters as they come back from disk: through fp16.

    Raises:
        ZooError: a value does not fit into fp16.
    """
    half = {name: value.half() for name, value in params.items()}
    for name, value in half.items():
        if not bool(torch.isfinite(value).all()):
            raise ZooError(f"{name}: a weight beyond fp16's range (65504)")
    return {name: value.float() for name, value in half.items()}


def write_zoo(folder: Path, manifest: Manifest, weights: Mapping[str, Params]) -> Manifest:
    """Writes both files atomically and returns the manifest with the file's hash."""
    packed = save(
        {f"{model}/{name}": value.half().contiguous() for model in weights for name, value in weights[model].items()}
    )
    manifest = manifest.model_copy(update={"sha256": hashlib.sha256(packed).hexdigest()})
    for name, content in (
        ("zoo.safetensors", packed),
        ("zoo.json", (manifest.model_dump_json(indent=1) + "\n").encode()),
    ):
        partial = folder / f".{name}.partial"
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(folder / name)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a zoo.

    Raises:
        ZooError: it is missing or damaged, with the command that mends it.
    """
    path = folder / "zoo.json"
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise ZooError(f"{path}: no zoo here; train it with `interpbench zoo build`") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ZooError(
            f"{path}: damaged at {where or 'the top'}: {first['msg']}; "
            "restore the file (`git checkout` or reinstall) or train the zoo again with `interpbench zoo build`"
        ) from error


def load_params(folder: Path, model: str, record: ModelRecord) -> Params:
    """The decoded (float32) parameters of one network, hash checked.

    Raises:
        ZooError: the weights file is missing, truncated or not what the manifest says.
    """
    path = folder / "zoo.safetensors"
    mend = "restore the file (`git checkout` or reinstall) or train the zoo again with `interpbench zoo build`"
    try:
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if name.startswith(f"{model}/")]  # noqa: SIM118 (not a dict)
            params = {name.removeprefix(f"{model}/"): file.get_tensor(name) for name in names}
    except FileNotFoundError as error:
        raise ZooError(f"{path}: the weights are missing; {mend}") from error
    except (SafetensorError, OSError) as error:
        raise ZooError(f"{path}: damaged or truncated ({error}); {mend}") from error
    if tensors_hash(params) != record.sha256:
        raise ZooError(f"{path}: the weights of {model} are not those of the manifest; {mend}")
    return {name: value.float() for name, value in params.items()}
