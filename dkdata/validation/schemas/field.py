"""Field: what one column of a schema must be."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import pandas as pd

from dkdata.errors import UsageError, did_you_mean, listing, shortened
from dkdata.frames import tagged
from dkdata.validation.constraints.constraint import Constraint, OfType, Required
from dkdata.validation.constraints.reading import constraint_from_json, constraint_to_json
from dkdata.validation.schemas.defaults import check_default
from dkdata.validation.schemas.field_types import Type, checked_type, type_from_json, type_to_json

NO_DEFAULT: Final[Any] = ...
"""The default of a field whose column must be there."""


@dataclass(frozen=True, repr=False, init=False)
class Field:
    """What one column must be. Immutable.

    Parameters
    ----------
    name
        Of the column.
    type
        ``string integer float boolean datetime date time duration decimal binary json list
        any``, or an Arrow type, which is exact in width, unit and zone.
    required
        Whether null is forbidden; the constraint ``Required()`` says the same.
    default
        What stands for a column that is not there; without one, the column must be there. With
        ``None`` it may be absent; one that is required then holds no null where it is there.
    constraints
        One, or several that must all be met.

    Raises
    ------
    UsageError
        The type is unknown, what should be a constraint is none, or the default is not of the
        type, does not meet the constraints or cannot be written as JSON.

    Examples
    --------
    >>> from dkdata.validation.constraints.constraint import Enum, Range
    >>> Field("age", "integer", required=True, constraints=Range(0, 120) | Enum([-1]))
    Field('age': integer, required, Range(0, 120) | Enum([-1]))
    """

    name: str | int
    type: Type
    required: bool = False
    default: Any = NO_DEFAULT
    constraints: tuple[Constraint, ...] = ()
    description: str = ""

    def __init__(  # noqa: PLR0913 - what a field says
        self,
        name: str | int,
        type: Type,  # noqa: A002 - what everybody calls it
        *,
        required: bool = False,
        default: Any = NO_DEFAULT,  # noqa: ANN401 - any value
        constraints: Constraint | Iterable[Constraint] = (),
        description: str = "",
    ) -> None:
        if not is_name(name):
            message = f"name={shortened(name)} is not the name of a field. Give text."
            raise UsageError(message)
        put = object.__setattr__
        with UsageError.within(f"field {name!r}"):
            put(self, "type", checked_type(type))
            put(self, "default", _default(default))
            given = _constraints(constraints)
            kept = tuple(constraint for constraint in given if constraint != Required())
            if self.default is not NO_DEFAULT and self.default is not None:
                check_default(self.default, self.type, kept)
        put(self, "name", name)
        put(self, "constraints", kept)
        put(self, "required", bool(required) or len(kept) < len(given))
        put(self, "description", str(description))

    @property
    def has_default(self) -> bool:
        """Whether the column may be absent."""
        return self.default is not NO_DEFAULT

    @property
    def text(self) -> str:
        """What the column must be, in short."""
        told = [str(self.type), *["required"] * self.required, *map(str, self.constraints)]
        return ", ".join([*told, *[f"default {shortened(self.default)}"] * self.has_default])

    def __repr__(self) -> str:
        return f"Field({self.name!r}: {self.text})"

    def to_dict(self) -> dict[str, Any]:
        """Return the field in the plain types of JSON, without what is left as it is.

        Examples
        --------
        >>> Field("age", "integer", default=0).to_dict()
        {'name': 'age', 'type': 'integer', 'default': 0}
        """
        made = {"name": self.name, "type": type_to_json(self.type)}
        made |= {"required": True} if self.required else {}
        made |= {"default": tagged.encode(self.default)} if self.has_default else {}
        trees = [constraint_to_json(constraint) for constraint in self.constraints]
        made |= {"constraints": trees} if trees else {}
        return made | ({"description": self.description} if self.description else {})

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Field:
        """Return the field that ``to_dict`` wrote.

        Raises
        ------
        UsageError
            It is no such mapping, with what is wrong and the name of the field.
        """
        arguments = _checked(given)
        try:
            if "type" in arguments:
                arguments["type"] = type_from_json(arguments["type"])
            trees = arguments.get("constraints", [])
            if not isinstance(trees, list):
                message = f"constraints={shortened(trees)} is not a list of constraints."
                raise UsageError(message)  # noqa: TRY301 - the name of the field is added below
            arguments["constraints"] = [*map(constraint_from_json, trees)]
            if "default" in arguments:
                arguments["default"] = tagged.decode(arguments["default"])
        except (UsageError, ValueError, TypeError, LookupError) as error:
            message = f"field {given['name']!r}: {error}"
            raise UsageError(message) from error
        return cls(**arguments)


def is_name(label: object) -> bool:
    """Whether a field can have that name: text that is not empty, or a whole number."""
    return isinstance(label, str | int) and not isinstance(label, bool) and label != ""


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a field in a mapping, if they have the names of some."""
    known = tuple(item.name for item in fields(Field))
    if not isinstance(given, Mapping):
        message = f"field: {shortened(given)} is not its JSON: {{'name': …, 'type': …}}."
        raise UsageError(message)
    named = f"field {given['name']!r}: " if "name" in given else "field: "
    for argument in given:
        if argument not in known:
            message = (
                f"{named}{argument!r} is nothing that a field has.{did_you_mean(argument, known)}"
                f" There are: {listing(known)}."
            )
            raise UsageError(message)
    for name in ("name", "type"):
        if name not in given:
            message = f"{named}{shortened(dict(given))} has no {name!r}. Every field needs one."
            raise UsageError(message)
    return dict(given)


def _constraints(given: Any) -> tuple[Constraint, ...]:  # noqa: ANN401 - one or several
    """Return the constraints of a field, checked."""
    listed = [given] if isinstance(given, Constraint) or not isinstance(given, Iterable) else given
    made = tuple([listed] if isinstance(listed, str) else listed)
    for constraint in made:
        if isinstance(constraint, type) and issubclass(constraint, Constraint):
            message = (
                f"{constraint.__name__} is a kind of constraint. Write {constraint.__name__}()."
            )
            raise UsageError(message)
        if not isinstance(constraint, Constraint):
            message = (
                f"{shortened(constraint)} is not a constraint. Give dk.Required(), dk.Range(0, 9),"
                " dk.Custom(name, function) …"
            )
            raise UsageError(message)
        if isinstance(constraint, OfType):
            message = f"{constraint} is said by the type of the field. Leave it out."
            raise UsageError(message)
    return made


def _default(given: Any) -> Any:  # noqa: ANN401 - any value
    """Return a default as a value that can be written; every null is ``None``."""
    if given is NO_DEFAULT:
        return given
    value = given.item() if isinstance(given, np.generic) else given
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    try:
        tagged.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"default={shortened(given)} cannot be written as JSON: {error}."
        raise UsageError(message) from error
    return copy.deepcopy(value)
