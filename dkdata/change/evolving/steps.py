"""The steps between two versions of a schema: what each does, undoes and may lose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from dkdata.change.columns import is_taken
from dkdata.validation.schemas.field import NO_DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dkdata.change.columns import Column
    from dkdata.change.pairing import Pairs

_NOTHING: Final = "nothing"


@dataclass(frozen=True)
class Rename:
    """Columns get other names, all at once."""

    names: Mapping[Any, Any]

    def __str__(self) -> str:
        return "rename " + ", ".join(f"{old!r} to {new!r}" for old, new in self.names.items())

    @property
    def reverse(self) -> str:
        """What undoes the step."""
        return str(Rename({new: old for old, new in self.names.items()}))

    @property
    def loses(self) -> str:
        """What is lost by the step."""
        return _NOTHING


@dataclass(frozen=True)
class Convert:
    """A column gets another type; ``name`` is that of the later version."""

    name: Any
    before: Column
    after: Column

    def __str__(self) -> str:
        return f"convert {self.name!r} from {self.before.words} to {self.after.words}"

    @property
    def reverse(self) -> str:
        """What undoes the step."""
        return f"convert {self.name!r} from {self.after.words} to {self.before.words}"

    @property
    def loses(self) -> str:
        """What is lost by the step."""
        if is_taken(self.before, self.after):
            return _NOTHING
        return f"values that {self.after.words} has not"


@dataclass(frozen=True)
class Fill:
    """Null of a column becomes its default."""

    name: Any
    value: Any

    def __str__(self) -> str:
        return f"fill {self.name!r} with {self.value!r} where it is null"

    @property
    def reverse(self) -> str:
        """What undoes the step."""
        return f"allow null in {self.name!r}; what was filled stays"

    @property
    def loses(self) -> str:
        """What is lost by the step: nothing that the later version could hold."""
        return _NOTHING


@dataclass(frozen=True)
class Forbid:
    """Null of a column is forbidden from now on, and there is no default for it."""

    name: Any

    def __str__(self) -> str:
        return f"forbid null in {self.name!r}"

    @property
    def reverse(self) -> str:
        """What undoes the step."""
        return f"allow null in {self.name!r}"

    @property
    def loses(self) -> str:
        """What is lost by the step."""
        return _NOTHING


@dataclass(frozen=True)
class Add:
    """A column comes, with its default in every row."""

    column: Column

    @property
    def value(self) -> Any:  # noqa: ANN401 - any value
        """What stands in every row."""
        return None if self.column.default is NO_DEFAULT else self.column.default

    def __str__(self) -> str:
        filling = "null" if self.value is None else repr(self.value)
        return f"add {self.column.name!r} ({self.column.words}, {filling})"

    @property
    def reverse(self) -> str:
        """What undoes the step."""
        return f"drop {self.column.name!r}"

    @property
    def loses(self) -> str:
        """What is lost by the step."""
        return _NOTHING


@dataclass(frozen=True)
class Drop:
    """A column goes."""

    column: Column

    def __str__(self) -> str:
        return f"drop {self.column.name!r}"

    @property
    def reverse(self) -> str:
        """What undoes the step."""
        return str(Add(self.column))

    @property
    def loses(self) -> str:
        """What is lost by the step."""
        return f"the values of {self.column.name!r}"


PlanStep: TypeAlias = Rename | Convert | Fill | Forbid | Add | Drop


def steps_between(pairs: Pairs) -> Iterator[PlanStep]:
    """Yield the steps from the left to the right side, in an order that works.

    Names come first, so that a column can go and another of its name come; a rename that was
    guessed is none: the column goes, and another comes.
    """
    stated = [(one, other) for one, other in pairs.renamed if one.name in pairs.stated]
    guessed = [(one, other) for one, other in pairs.renamed if one.name not in pairs.stated]
    for column in (*pairs.removed, *(one for one, _ in guessed)):
        yield Drop(column)
    if stated:
        yield Rename({one.name: other.name for one, other in stated})
    for one, other in (*pairs.kept, *stated):
        yield from _changed(one, other)
    for column in (*pairs.added, *(other for _, other in guessed)):
        yield Add(column)
        if not column.nullable and Add(column).value is None:
            yield Forbid(column.name)


def _changed(one: Column, other: Column) -> Iterator[PlanStep]:
    if one.words != other.words and other.type != "any":
        yield Convert(other.name, one, other)
    if one.nullable and not other.nullable:
        has_value = other.default is not NO_DEFAULT and other.default is not None
        yield Fill(other.name, other.default) if has_value else Forbid(other.name)
