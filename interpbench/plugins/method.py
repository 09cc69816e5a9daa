"""The base class of methods: hyper-parameters are fields, everything else is literal class attributes."""

import dataclasses
import difflib
from typing import Any, ClassVar, dataclass_transform

from interpbench.bundle.tier import Tier
from interpbench.plugins.family import Family
from interpbench.tracks.context import Context


class MethodError(TypeError):
    """A method class breaks the contract; raised where it is defined."""


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Method:
    """A plug-in: `class MyMethod(Method, EntersGeneralization)` with the attributes below and one function a track.

    Annotated attributes are hyper-parameters: `rows: int = 256` makes `MyMethod(rows=3)`. A public function that no
    mixin asks for is an error, since it is most likely a misspelt one.
    """

    name: ClassVar[str]
    """Unique, lower case with hyphens."""
    family: ClassVar[Family]
    """What kind of evidence it rests on."""
    version: ClassVar[str]
    """Major.Minor; Minor changes only if an answer can change."""
    tier: ClassVar[Tier]
    """What it must see; the bundle is cut to it."""

    def __init_subclass__(cls) -> None:
        """Makes the subclass a frozen dataclass and checks the names of its functions.

        Raises:
            MethodError: a missing attribute or an unasked public function, with the nearest name that is asked for.
        """
        super().__init_subclass__()
        for attribute in ("name", "family", "version", "tier"):
            if attribute not in vars(cls):
                raise MethodError(f"{cls.__name__}: no `{attribute}`; a method states name, family, version and tier")
        asked = {
            name
            for base in cls.__mro__[1:]
            for name, value in vars(base).items()
            if callable(value) and not name.startswith("_")
        }
        for name, value in vars(cls).items():
            if not callable(value) or name.startswith("_") or isinstance(value, type) or name in asked:
                continue
            near = difflib.get_close_matches(name, asked, n=1, cutoff=0.0)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            raise MethodError(
                f"{cls.__name__}.{name}: no track asks for it{hint} (helpers start with an underscore or stand outside)"
            )
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)

    def prepare(self, ctx: Context) -> None:
        """Loads what is slow and does not depend on a question. Not defined: nothing."""

    @property
    def parameters(self) -> dict[str, Any]:
        """Hyper-parameters by name."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}  # type: ignore[arg-type]
