"""A plan as a change of columns that leaves the rows as they are, where it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from dkdata.alteration import AddColumn, Alteration, DropColumn, RenameColumns
from dkdata.change.evolving.applying import schema_after, type_of_added
from dkdata.change.evolving.steps import Add, Drop, Rename
from dkdata.frames import envelope
from dkdata.frames.envelope import FrameDescriptor
from dkdata.predicate import And, Compare, IsNull, Not
from dkdata.validation.coercion.notation import Notation
from dkdata.validation.coercion.texts import text_of
from dkdata.validation.schemas.field import NO_DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dkdata.alteration import AlterationStep
    from dkdata.change.columns import Column
    from dkdata.change.evolving.plan import Plan
    from dkdata.predicate import Predicate

_VALUES: Final = {"string": str, "integer": int, "boolean": bool}


def alteration_of(
    plan: Plan, schema: pa.Schema, count: Callable[[Predicate], int], *, allows: bool
) -> Alteration | None:
    """Return what a plan does to the columns of a table, or ``None`` if it does more than that.

    Parameters
    ----------
    count
        Returns for how many rows of the table a condition is true.
    allows
        Whether values may be lost; otherwise it is one for columns that hold none.
    """
    if not _is_of_columns(plan, schema):
        return None
    if not allows and any(count(_is_own(name, column)) for name, column in _dropped(plan)):
        return None  # the way of the rows tells which
    return Alteration(tuple(_steps(plan)), schema_after(plan, schema))


def _is_of_columns(plan: Plan, schema: pa.Schema) -> bool:
    """Whether no value is changed, and columns are called as they are stored."""
    described = envelope.descriptor_of(schema) or FrameDescriptor()
    is_plain = all(column.shown == column.name for column in described.columns)
    is_simple = all(
        isinstance(step, Rename | Drop) or (isinstance(step, Add) and _is_as_stored(step))
        for step in plan.steps
    )
    return is_plain and is_simple and _are_told_apart(plan, schema)


def _is_as_stored(step: Add) -> bool:
    """Whether a value is one of its type, so that every backend reads the text of it alike."""
    return step.value is None or type(step.value) is _VALUES.get(str(step.column.type))


def _are_told_apart(plan: Plan, schema: pa.Schema) -> bool:
    """Whether all names that are ever there differ by more than case."""
    names = set(schema.names)
    for step in plan.steps:
        match step:
            case Rename(renamed):
                names |= set(map(str, renamed.values()))
            case Add(column):
                names.add(str(column.name))
    is_own = any(name.startswith("__dk_") for name in names)
    return not is_own and len({name.casefold() for name in names}) == len(names)


def _dropped(plan: Plan) -> Iterator[tuple[str, Column]]:
    """Yield the columns that go, by the names that they have in the table before."""
    names: dict[str, str | None] = {}  # of now: of the table, none for a column that was added
    for step in plan.steps:
        match step:
            case Rename(renamed):
                origins = {new: names.get(old, old) for old, new in renamed.items()}
                names |= dict.fromkeys(renamed, None) | origins
            case Add(column):
                names[column.name] = None
            case Drop(column):
                origin = names.get(column.name, column.name)
                if origin is not None:
                    yield origin, column


def _is_own(name: str, column: Column) -> Predicate:
    """Return what is true of rows that would lose a value with a column."""
    is_there = Not(IsNull(name))
    if column.default is NO_DEFAULT or column.default is None:
        return is_there
    return And((is_there, Compare(name, "!=", column.default)))


def _steps(plan: Plan) -> Iterator[AlterationStep]:
    for step in plan.steps:
        match step:
            case Rename(names):
                yield RenameColumns(names)
            case Drop(column):
                yield DropColumn(str(column.name))
            case Add(column):
                value = step.value
                told = None if value is None else text_of(value, Notation())
                yield AddColumn(pa.field(str(column.name), type_of_added(column)), told)
