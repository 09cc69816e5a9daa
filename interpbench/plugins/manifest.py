"""The YAML files beside plug-ins and the suites: prose, variants, calibration, sizes; unknown keys are errors."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from interpbench.bundle.strict import explain

Document = TypeVar("Document", bound=BaseModel)


SHOWN = 12
"""Valid names listed in an error message, at most."""


class PluginError(ValueError):
    """A plug-in, suite or configuration is not what it should be; the message says where and how to mend it."""


class MethodCard(BaseModel):
    """`method.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    summary: str = ""
    variants: dict[str, dict[str, Any]] = Field(default={"": {}}, min_length=1)
    """Row of the board -> hyper-parameters; the empty name is the method itself."""
    calibration: dict[str, dict[str, dict[str, Any]]] = {}
    """Track -> variant -> what `interpbench calibrate` wrote from suite `dev`."""
    sign: Literal["dev", "given"] = "dev"
    """Whether suite `dev` decides which direction generalises, or the method's theory, which then stands or falls."""
    fitted: bool = False
    """Whether the method's own parameters were fitted on suite `dev`: its score there then says nothing, and never
    makes it the rival to beat."""
    tuned: str = ""
    """What was chosen by looking at results, and on what."""
    requires: tuple[str, ...] = ()
    """Extra packages. A method that needs some runs only when it is named; their versions belong to its answers."""
    network: bool = False
    """Whether its cells need one. They then reach the port of their endpoint by TCP (`plugins/endpoint.py`); cells of
    other methods reach nothing."""
    outputs_only: tuple[str, ...] = ()
    """Variants (`default`: the method itself) that are given weights and use only what the network answers: on the
    board they do not count as looking inside."""
    references: tuple[str, ...] = ()
    limits: str = ""
    """Known limits, in prose."""
    wall_seconds: float | None = Field(default=None, gt=0)
    """A longer limit for a cell than the default."""

    @model_validator(mode="after")
    def _known_variants(self) -> "MethodCard":
        known = [variant or "default" for variant in self.variants]
        for variant in self.outputs_only:
            if variant not in known:
                raise ValueError(f"outputs_only: no variant {variant!r}{nearest(variant, known)}")
        return self


class TaskCard(BaseModel):
    """`task.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    question: str
    """In one line."""
    sizes: tuple[str, ...]
    networks: bool = True
    """Whether it trains networks. A task that draws its worlds from names has none, no recipes and no zoo."""
    requires: tuple[str, ...] = ()
    """Extra packages without which its networks do not answer."""
    references: tuple[str, ...] = ()
    limits: str = ""


class Suite(BaseModel):
    """A suite: which tasks, at which size, under which seed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    seed: str
    """Disguises and orders are drawn from it."""
    question: str = ""
    tasks: dict[str, str] = Field(min_length=1)
    """Full task name -> size."""


class _Loader(yaml.SafeLoader):
    """YAML without its laxity: no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key!r} stands twice", problem_mark=node.value[place][0].start_mark
                )
        return super().construct_mapping(node, deep)


def read_yaml(kind: type[Document], path: Path) -> Document:
    """A YAML file as a model.

    Raises:
        PluginError: with file, place, what was got and the nearest valid key.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except FileNotFoundError as error:
        raise PluginError(f"{path}: no such file") from error
    except UnicodeDecodeError as error:
        raise PluginError(f"{path}: not UTF-8 at byte {error.start}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise PluginError(f"{path}: not YAML{place}: {getattr(error, 'problem', error)}") from error
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        unknown = [fault for fault in error.errors() if fault["type"] == "extra_forbidden"]
        if unknown:
            key = str(unknown[0]["loc"][-1])
            raise PluginError(f"{path}: unknown key {key!r}{nearest(key, kind.model_fields)}") from error
        raise PluginError(f"{path}: {explain(error)}") from error


def nearest(name: str, names: Any) -> str:
    """`; did you mean ...?` with the nearest valid name, or the list of them."""
    known = sorted(names)
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    if not known:
        return "; there are none"
    more = f", ... ({len(known)} in all)" if len(known) > SHOWN else ""
    return f"; valid: {', '.join(known[:SHOWN])}{more}"


def folders(root: Path) -> Iterator[Path]:
    """Sub-folders that are packages, sorted."""
    yield from sorted(path.parent for path in root.glob("*/__init__.py"))
