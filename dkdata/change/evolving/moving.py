"""Frames and stored tables brought from one version of a schema to another."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pyarrow import types as is_type

from dkdata import catalog, frames, spilling
from dkdata.alteration import Remade
from dkdata.change.evolving.altering import alteration_of
from dkdata.change.evolving.applying import applied, lost, names_after
from dkdata.change.evolving.keeping import Aside
from dkdata.errors import SchemaError, UsageError, listing
from dkdata.frames import envelope
from dkdata.query import Query
from dkdata.validation.schemas.field_types import accepts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from dkdata.alteration import Alteration
    from dkdata.catalog import Location
    from dkdata.change.evolving.evolution import Evolution
    from dkdata.change.evolving.plan import Plan
    from dkdata.types import Rows
    from dkdata.validation.schemas.schema import Schema


Verb: TypeAlias = Literal["upgrade", "downgrade"]


@dataclass(frozen=True, eq=False)
class Asked:
    """What was asked for.

    Parameters
    ----------
    verb
        In which direction; ``None`` is either.
    at
        The version that it is said to be at.
    allows
        Whether values may be lost.
    is_dry
        Whether nothing is to be changed.
    keeps
        Whether columns of a table that go are kept aside.
    """

    evolution: Evolution
    verb: Verb | None
    to: str
    at: str | None
    allows: bool
    is_dry: bool
    keeps: bool = False

    def plan(self, schema: pa.Schema, told: str) -> Plan:
        """Return the plan for rows of a schema, which messages call ``told``."""
        at = self._version(schema, told)
        evolution = self.evolution
        old, new = evolution.place(at), evolution.place(self.to)
        if self.verb and old != new and (old < new) is not (self.verb == "upgrade"):
            other = "downgrade" if self.verb == "upgrade" else "upgrade"
            message = (
                f"{told} is at version {at!r} of {evolution.name!r}, and {self.to!r} is"
                f" {'before' if new < old else 'after'} it. Use {other}."
            )
            raise UsageError(message)
        _check_columns(evolution.schema(at), schema, f"{told} is no {evolution.name!r} {at!r}")
        return evolution.plan(at, self.to)

    def _version(self, schema: pa.Schema, told: str) -> str:
        """Return the version that rows are at."""
        recorded, name = envelope.version_of(schema), self.evolution.name
        if recorded is not None and recorded[0] == name:
            if self.at is not None and self.at != recorded[1]:
                message = (
                    f"at={self.at!r}: {told} is at version {recorded[1]!r} of {name!r}. Leave at="
                    " out."
                )
                raise UsageError(message)
            return recorded[1]
        if self.at is not None:
            self.evolution.place(self.at)
            return self.at
        versions = self.evolution.versions
        fitting = [one for one in versions if not list(_misfits(one.schema, schema))]
        most = max((len(one.schema.fields) for one in fitting), default=0)
        found = [one.name for one in fitting if len(one.schema.fields) == most]
        if not found:
            message = (
                f"{told} has the columns of no version of {name!r}: {listing(schema.names)}. Say"
                " at= which it is, to be told what differs."
            )
            raise UsageError(message)
        if self.evolution.plan(found[0], found[-1]).steps:
            message = (
                f"{told} has the columns of several versions of {name!r}: {listing(found)}. Say at="
                " which it is."
            )
            raise UsageError(message)
        return found[-1]


def _misfits(schema: Schema, held: pa.Schema) -> Iterator[str]:
    """Yield how the columns of rows are not those of a schema."""
    labels = {column: name for name, column in _labels(held).items()}
    for field in schema:
        if field.name not in labels:
            yield f"there is no column {field.name!r}"
        else:
            t = held.field(labels[field.name]).type
            if not is_type.is_null(t) and accepts(field.type, t) is False:
                yield f"column {field.name!r} is {t}, not {field.type}"
    known = {field.name for field in schema}
    index = envelope.index_names(held)
    if schema.strict:
        for label, name in labels.items():
            if label not in known and name not in index:
                yield f"column {label!r} is none of it"


def _labels(held: pa.Schema) -> dict[str, Any]:
    """Return the labels of columns by their stored names."""
    described = envelope.descriptor_of(held)
    known = {one.name: one.shown for one in described.columns} if described else {}
    return {name: known.get(name, name) for name in held.names}


def _check_columns(schema: Schema, held: pa.Schema, told: str) -> None:
    if wrong := list(_misfits(schema, held)):
        message = f"{told}: {'; '.join(wrong)}."
        raise SchemaError(message)


def moved(asked: Asked, given: Any) -> Any:  # noqa: ANN401 - a frame, or a plan
    """Return what ``Evolution.upgrade`` returns."""
    if isinstance(given, str | PathLike) or hasattr(given, "location"):
        return _of_table(asked, _checked(given))
    if asked.keeps:
        message = "keep_removed=True is for stored tables: a frame has nothing beside it."
        raise UsageError(message)
    return _of_rows(asked, frames.to_arrow(given), "the frame", frames.kind_of(given))


def read(asked: Asked, source: Any, kind: str) -> Any:  # noqa: ANN401 - a table; the kind decides
    """Return what ``Evolution.read`` returns."""
    location = _located(source)
    is_lazy = hasattr(source, "with_index")
    rows = source.with_index().reader() if is_lazy else location.store.read(location.table)
    return _of_rows(asked, rows, repr(location.label), kind)


def _checked(given: Any) -> Location:  # noqa: ANN401 - a table
    """Return where a table is that is changed as a whole."""
    if hasattr(given, "location") and given.steps != (Query(),):
        message = (
            f"a part of {given.location.label!r}, or a query on it, has no place of its own that"
            " could be changed. Give the table itself, or the rows as a frame."
        )
        raise UsageError(message)
    return _located(given)


def _located(given: Any) -> Location:  # noqa: ANN401 - a table
    """Return where a table is that is given by its name, or as what is lazy in a layer above."""
    return given.location if hasattr(given, "location") else catalog.locate(given)


def _of_rows(asked: Asked, rows: Rows, told: str, kind: str) -> Any:  # noqa: ANN401 - a frame, or a plan
    """Return rows at another version as a kind of frame, or the plan of a dry run."""
    with ExitStack() as stack:
        table = stack.enter_context(spilling.rereadable(rows))
        plan = asked.plan(table.schema, told)
        if asked.is_dry:
            return _foreseen(plan, table)
        made = applied(plan, table, stack, allows=asked.allows)
        return frames.from_arrow(made, kind)


def _foreseen(plan: Plan, rows: pa.Table) -> Plan:
    return replace(plan, rows=rows.num_rows, lost=lost(plan, rows))


def _of_table(asked: Asked, location: Location) -> Plan:
    """Change a stored table in its place; return the plan."""
    store, name = location.store, location.table
    schema = store.schema(name)
    plan = asked.plan(schema, repr(location.label))
    if asked.is_dry:
        with spilling.rereadable(store.read(name)) as rows:
            return _foreseen(plan, rows)
    aside = Aside(location)
    if asked.keeps:
        aside.check(plan, schema)
    if not plan.steps and envelope.version_of(schema) == (plan.evolution, plan.after):
        return plan
    with ExitStack() as stack, store.writing_beside(name, None):
        done = _Remaking(asked, location, aside, stack).remake()
    aside.forget(done, keeps=asked.keeps)
    return done


@dataclass(eq=False)
class _Remaking:
    """The change of a stored table, once nobody else changes it.

    Parameters
    ----------
    done
        The plan for the table as it was then.
    """

    asked: Asked
    location: Location
    aside: Aside
    stack: ExitStack
    done: Plan | None = None

    def remake(self) -> Plan:
        """Change the table, and return the plan that was carried out."""
        self.location.store.remake(self.location.table, self.change, self.alter)
        assert self.done is not None  # noqa: S101 - every way asks for the plan
        return self.done

    def _plan(self, schema: pa.Schema) -> Plan:
        self.done = self.asked.plan(schema, repr(self.location.label))
        return self.done

    def change(self, rows: pa.Table) -> Remade:
        """Return the rows at the other version, and the names of the columns that stayed."""
        whole = self._plan(rows.schema)
        made = self._changed(whole, rows)
        return Remade(made, names_after(whole, rows.schema, made.schema))

    def _changed(self, whole: Plan, rows: pa.Table) -> pa.Table:
        """Return the rows at the other version, one version after the other if some are kept."""
        asked = self.asked
        if not asked.keeps and not any(self.aside.names(whole)):
            return applied(whole, rows, self.stack, allows=asked.allows)
        for plan in asked.evolution.way(whole.before, whole.after):
            if asked.keeps:
                self.aside.put(plan, rows)
            made = applied(plan, rows, self.stack, allows=asked.allows, drops=asked.keeps)
            rows = self.aside.back(plan, made, self.stack)
        return rows

    def alter(self, schema: pa.Schema) -> Alteration | None:
        """Return what does it without the rows, where none are kept aside or were."""
        plan = self._plan(schema)
        if self.asked.keeps or any(self.aside.names(plan)):
            return None
        count = partial(self.location.store.count, self.location.table)
        return alteration_of(plan, schema, count, allows=self.asked.allows)
