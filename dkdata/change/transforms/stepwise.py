"""One step at a time: what conversions and functions of Python make, and which values are bad."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from dkdata import engine, frames
from dkdata.change.transforms.functions import Emptied
from dkdata.change.transforms.steps import Compute, Expression, Python, conversion_of
from dkdata.dialects.fragment import Fragment
from dkdata.dialects.stages import CARE, ROW, Stage, computed
from dkdata.errors import QueryError, shortened
from dkdata.frames import envelope
from dkdata.frames.envelope import FrameDescriptor
from dkdata.frames.objects import as_documents
from dkdata.frames.reshaping import Column, columns_of, reshaped
from dkdata.physical import convert_rows
from dkdata.validation.coercion.columns import Converted, converted
from dkdata.validation.coercion.custom import converted_by
from dkdata.validation.coercion.target import OBJECT, Target, finishing
from dkdata.validation.coercion.targets import target_of
from dkdata.validation.coercion.texts import as_json, text_of

if TYPE_CHECKING:
    import duckdb

    from dkdata.change.transforms.functions import Conversion
    from dkdata.change.transforms.steps import Step
    from dkdata.dialects.select import Source
    from dkdata.dialects.stages import Typed
    from dkdata.validation.coercion.notation import Notation

_TEXT: Final = pa.large_string()


@dataclass(frozen=True)
class Numbered:
    """Rows, and the number of the row of the source that each comes from."""

    rows: pa.Table
    numbers: pa.Array

    @classmethod
    def of(cls, rows: pa.Table) -> Numbered:
        """Return the rows of a source."""
        return cls(rows, pa.array(np.arange(rows.num_rows)))

    def only(self, mask: pa.Array) -> Numbered:
        """Return the rows for which a mask is true."""
        return Numbered(self.rows.filter(mask), self.numbers.filter(mask))


class Failed(NamedTuple):
    """The rows that a step has no value for.

    Parameters
    ----------
    positions
        Of those that the step was given, ascending.
    """

    positions: list[int]
    reasons: list[str]


def typed_by(connection: duckdb.DuckDBPyConnection) -> Typed:
    """Return what finds out the type of a SELECT's one column."""

    def typed(sql: Fragment) -> tuple[str, pa.DataType]:
        found = engine.relation(connection, sql.sql, sql.parameters)
        return found.types[0].id, found.limit(0).to_arrow_table().schema.field(0).type

    return typed


def opened(source: Source, rows: pa.Table) -> Stage:
    """Return registered rows, of which the last column numbers them, before any step."""
    physical = pa.schema(list(source.physical)[:-1])
    stage = Stage.of(source, (ROW,))
    return Stage(stage.rows, physical, rows.schema, stage.carried)


def with_numbers(given: Numbered) -> pa.Table:
    """Return rows with their numbers as the last column."""
    return given.rows.append_column(pa.field(ROW, pa.int64()), given.numbers)


def executed(connection: duckdb.DuckDBPyConnection, stage: Stage) -> tuple[Numbered, pa.Array]:
    """Return the rows of a stage, and a mask of those that need care."""
    query = stage.query
    found = engine.bound(connection, query.sql, query.parameters).read_all()
    names = stage.schema.names
    rows = convert_rows(found.select(names), stage.schema)
    assert isinstance(rows, pa.Table)  # noqa: S101 - of a table
    numbers = found[ROW].combine_chunks()
    care = found[CARE].combine_chunks() if CARE in stage.carried else pa.repeat(False, len(numbers))  # noqa: FBT003
    return Numbered(rows, numbers), care


def walked(
    connection: duckdb.DuckDBPyConnection, step: Step, given: Numbered, *, nulls: bool
) -> tuple[Numbered, Failed]:
    """Return the rows after one step, and which of those given it has no value for: it is null.

    Parameters
    ----------
    nulls
        Whether null is what is wanted for such values, so that nobody asks which they are.
    """
    if isinstance(step, Compute) and (conversion_of(step) or isinstance(step.by, Python)):
        return _by_python(step, given)
    with engine.register(connection, with_numbers(given)) as source:
        before, typed = opened(source, given.rows), typed_by(connection)
        if not isinstance(step, Compute):
            after = step.stage(before, typed)
        else:
            found = step.stage(before, typed, cares=not nulls)
            assert found is not None  # noqa: S101 - Python made the others
            after = found
        made, care = executed(connection, after)
    positions = np.flatnonzero(care.to_numpy(zero_copy_only=False)).tolist()
    if isinstance(step, Compute) and isinstance(step.by, Emptied) and positions:
        (name,) = envelope.resolved([step.column], given.rows.schema)
        values = _series(given.rows, name).iloc[positions]
        return made, Failed(positions, [f"{shortened(value)} would be lost" for value in values])
    reasons = [_reason(connection, step, given, at) for at in positions[:1]]
    reasons += ["it cannot be computed"] * (len(positions) - 1)
    return made, Failed(positions, reasons)


def _reason(
    connection: duckdb.DuckDBPyConnection, step: Step, given: Numbered, position: int
) -> str:
    """Return why an expression has no value for a row."""
    assert isinstance(step, Compute)  # noqa: S101 - others have values for every row
    assert isinstance(step.by, Expression)  # noqa: S101
    one = Numbered(given.rows.slice(position, 1), given.numbers.slice(position, 1))
    with engine.register(connection, with_numbers(one)) as source:
        before = opened(source, one.rows)
        sql = computed(before, step.by.sql, typed_by(connection)).sql
        try:
            query = f"SELECT {sql.sql} FROM {source.sql}"  # noqa: S608 - of an expression
            engine.bound(connection, query, ()).read_all()
        except QueryError as error:
            return str(error).removeprefix("the query cannot be answered: ").rstrip(".")
    return "it cannot be computed"


def _by_python(step: Compute, given: Numbered) -> tuple[Numbered, Failed]:
    """Return rows in which a column has values that a conversion or a function makes."""
    rows = given.rows
    column = step.shaped(Stage(Fragment(""), rows.schema, rows.schema))
    conversion = conversion_of(step)
    if conversion is not None:
        outcome = converted(_series(rows, column.name), _target(conversion), conversion.notation)
        made, array = _described(column, conversion, outcome)
    else:
        outcome = _called(step, rows, column)
        made, array = _encoded(column, outcome)
    positions = outcome.positions.tolist()
    reasons = [str(reason) for reason in outcome.reasons]
    if not step.is_new:
        values = _series(rows, column.name).iloc[positions]
        reasons = [f"{shortened(v, 40)} ({why})" for v, why in zip(values, reasons, strict=True)]
    return Numbered(_put(rows, made, array), given.numbers), Failed(positions, reasons)


def _series(rows: pa.Table, name: str) -> pd.Series[Any]:
    """Return a column as pandas has it."""
    part = rows.select([name])
    described = part.replace_schema_metadata(envelope.project(rows.schema, [name]).metadata)
    frame: pd.DataFrame = frames.from_arrow(described, "pandas")
    return frame.iloc[:, 0] if frame.shape[1] else frame.index.to_series()


def _target(conversion: Conversion) -> Target:
    if conversion.writes_json:
        return Target(OBJECT, _json_of, finishing(_TEXT))
    return target_of("json" if conversion.type is None else conversion.type)


def _json_of(value: Any, notation: Notation) -> str:  # noqa: ANN401 - any value
    """Return a value as JSON; times and decimals as the text that they are."""
    match value:
        case dict() | list() | tuple() | str() | bool() | int() | float():
            return as_json(value)
        case np.ndarray():
            return as_json(value.tolist())
    return as_json(text_of(value, notation))


def _described(
    column: Column, conversion: Conversion, outcome: Converted
) -> tuple[Column, pa.Array]:
    """Return what a conversion makes of a column, of a type that its values do not change."""
    if conversion.type is not None:
        held = pa.array(outcome.array, from_pandas=True)
        is_like = column.type == conversion.type and "kind" not in column.descriptor.meaning
        made = column if is_like else column.typed(conversion.type)
        return made, held.cast(conversion.type)
    array, dtype, meaning = as_documents(outcome.array, column.descriptor.shown)
    made = column.typed(_TEXT)
    return replace(made, descriptor=replace(made.descriptor, dtype=dtype, meaning=meaning)), array


def _called(step: Compute, rows: pa.Table, column: Column) -> Converted:
    """Return what a function of Python makes of a column, or of the frame."""
    assert isinstance(step.by, Python)  # noqa: S101 - all others are SQL
    function, called = step.by.function, f"{step}: the function"
    if not step.is_new:
        return converted_by(_series(rows, column.name), function, called)
    frame = frames.from_arrow(rows, "pandas")
    places = pd.Series(np.arange(len(frame)))
    return converted_by(places, lambda part: function(frame.iloc[part.to_numpy()]), called)


def _encoded(column: Column, outcome: Converted) -> tuple[Column, pa.Array]:
    """Return what a function made, in the type and dtype that it has."""
    series = pd.Series(outcome.array, dtype=outcome.array.dtype)
    table = frames.to_arrow(series.to_frame("v"), index=False)
    assert isinstance(table, pa.Table)  # noqa: S101 - of a pandas frame
    told = (envelope.descriptor_of(table.schema) or FrameDescriptor()).column("v")
    made = column.typed(table.schema.field(0).type)
    if told is not None:
        own = replace(made.descriptor, dtype=told.dtype, meaning=told.meaning)
        made = replace(made, descriptor=own)
    return made, table.column(0)


def _put(rows: pa.Table, column: Column, array: pa.Array) -> pa.Table:
    """Return rows with a column, at its place or as the last one."""
    columns = {one.name: one for one in columns_of(rows.schema)} | {column.name: column}
    arrays = dict(zip(rows.column_names, rows.columns, strict=True)) | {column.name: array}
    schema = reshaped(rows.schema, columns.values())
    return pa.Table.from_arrays([arrays[name] for name in schema.names], schema=schema)
