"""A plan applied to rows, and what it would lose of them."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from dkdata import spilling
from dkdata.change.evolving.steps import Add, Convert, Drop, Fill, Forbid, Rename
from dkdata.change.transforms import Transform
from dkdata.change.transforms.functions import Emptied
from dkdata.change.transforms.steps import Call, Compute
from dkdata.dialects.fragment import text
from dkdata.errors import BadValueError, SchemaError
from dkdata.frames import envelope
from dkdata.frames.reshaping import columns_of
from dkdata.validation.coercion.notation import Notation
from dkdata.validation.coercion.texts import text_of
from dkdata.validation.schemas.field import NO_DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

    from dkdata.change.columns import Column
    from dkdata.change.evolving.plan import Plan
    from dkdata.change.evolving.steps import PlanStep

_BLOCK_ROWS: Final = 1 << 20


def _built(plan: Plan, empty: Transform, *, keeps: bool) -> tuple[Transform, list[int]]:
    """Return the steps of a plan as those of a transformation, and of which of them each is.

    Parameters
    ----------
    keeps
        Whether values count as bad that go with their column.
    """
    made, owners = empty, list[int]()
    for number, step in enumerate(plan.steps):
        made = _with(made, step, keeps=keeps)
        owners += [number] * (len(made.steps) - len(owners))
    return made, owners


def _with(made: Transform, step: PlanStep, *, keeps: bool) -> Transform:
    match step:
        case Rename(names):
            return made.rename(dict(names))
        case Drop(column):
            own = None if column.default is NO_DEFAULT else column.default
            kept = made.with_steps(Compute(column.name, Emptied(own))) if keeps else made
            return kept.drop(column.name)
        case Convert(name, _, after):
            return made.map(name, "convert", after.type)
        case Fill(name, value):
            return made.map(name, "default", value)
        case Add(column):
            return _added(made, column, step.value)
        case Forbid():
            return made


def _added(made: Transform, column: Column, value: Any) -> Transform:  # noqa: ANN401 - any value
    """Return a transformation that adds a column with a value, as its type reads the text of it."""
    written = "CAST(NULL AS VARCHAR)" if value is None else text(text_of(value, Notation()))
    added = made.add(column.name, written)
    if column.type in ("string", "any"):
        return added
    return added.map(column.name, "convert", column.type)


def type_of_added(column: Column) -> pa.DataType:
    """Return the canonical type of a column that is added."""
    if column.type in ("string", "any"):
        return pa.large_string()
    made = Call("convert", {"to": column.type}).made
    return made.type or pa.large_string()


def names_after(plan: Plan, before: pa.Schema, after: pa.Schema) -> dict[str, str]:
    """Return the stored names of the columns that stay, by those that they had before."""
    origins: dict[Any, str] = dict(zip(_shown(before), before.names, strict=True))
    for step in plan.steps:
        match step:
            case Rename(names):
                moved = {new: origins[old] for old, new in names.items() if old in origins}
                origins = {k: v for k, v in origins.items() if k not in names} | moved
            case Drop(column):
                origins.pop(column.name, None)
    found = zip(_shown(after), after.names, strict=True)
    return {origins[label]: name for label, name in found if label in origins}


def _shown(schema: pa.Schema) -> list[Any]:
    """Return the labels of all columns."""
    return [column.descriptor.shown for column in columns_of(schema)]


def schema_after(plan: Plan, schema: pa.Schema) -> pa.Schema:
    """Return the schema that rows have after a plan, with the version told in the descriptor."""
    made, _ = _built(plan, Transform(), keeps=False)
    rows = made.on(schema).block(schema.empty_table()).rows
    return envelope.with_version(rows.schema, plan.evolution, plan.after)


def applied(
    plan: Plan, rows: pa.Table, stack: ExitStack, *, allows: bool, drops: bool = False
) -> pa.Table:
    """Return what a plan makes of rows, with the version told in the descriptor.

    Parameters
    ----------
    stack
        At whose end the rows may go.
    allows
        Whether values may be lost.
    drops
        Whether those may be that go with their column: they are kept elsewhere.

    Raises
    ------
    SchemaError
        Something would be lost, and ``allows`` is false; or null stands where it is forbidden.
    """
    empty = Transform(on_error="null" if allows else "raise")
    made, owners = _built(plan, empty, keeps=not (allows or drops))
    running = made.on(rows.schema)
    blocks = (running.block(part).rows for part in _parts(rows))
    with _told(plan, owners):
        first = next(blocks)
        batches = (batch for block in chain([first], blocks) for batch in block.to_batches())
        changed = pa.RecordBatchReader.from_batches(first.schema, batches)
        table = stack.enter_context(spilling.rereadable(_marked(changed, plan)))
    _check_nulls(plan, table)
    return table


@contextmanager
def _told(plan: Plan, owners: list[int]) -> Iterator[None]:
    """Let the error of a bad value tell the step of the plan, and what to do."""
    try:
        yield
    except BadValueError as error:
        step = plan.steps[owners[error.step]]
        message = (
            f"{plan.evolution!r}, {plan.before} -> {plan.after}: {step}: row {error.row:,}:"
            f" {error.reason}. Nothing was changed. Give lossy='allow' to lose such values."
        )
        raise SchemaError(message) from error


def _parts(rows: pa.Table) -> Iterator[pa.Table]:
    """Yield rows in blocks; one without rows where there are none."""
    for at in range(0, max(1, rows.num_rows), _BLOCK_ROWS):
        yield rows.slice(at, _BLOCK_ROWS)


def _marked(rows: pa.RecordBatchReader, plan: Plan) -> pa.RecordBatchReader:
    """Return rows whose descriptor tells at which version they are."""
    schema = envelope.with_version(rows.schema, plan.evolution, plan.after)
    return pa.RecordBatchReader.from_batches(
        schema, (batch.replace_schema_metadata(schema.metadata) for batch in rows)
    )


def _check_nulls(plan: Plan, rows: pa.Table) -> None:
    """Refuse null where the later version forbids it."""
    for step in plan.steps:
        if not isinstance(step, Forbid):
            continue
        (name,) = envelope.resolved([step.name], rows.schema)
        if count := rows[name].null_count:
            message = (
                f"{plan.evolution!r}, {plan.before} -> {plan.after}: {step}, but {count:,} values"
                f" are null. Give the field a default in version {plan.after!r}, or mend them."
            )
            raise SchemaError(message)


def lost(plan: Plan, rows: pa.Table) -> tuple[int, ...]:
    """Return how many values each step would lose of rows."""
    made, owners = _built(plan, Transform(on_error="null"), keeps=True)
    running, found = made.on(rows.schema), [0] * len(plan.steps)
    for part in _parts(rows):
        for number, count in running.block(part).failures.items():
            found[owners[number]] += count
    return tuple(found)
