"""Side: one of two schemas that are compared, from whatever has columns or rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pyarrow as pa
from pandas.api.types import is_object_dtype

from dkdata import catalog, frames
from dkdata.change.columns import Column
from dkdata.change.rules import COLUMNS, EXISTS, NOT_NULL, Rule, is_bare, label, rule_from
from dkdata.errors import UsageError
from dkdata.frames.envelope import FrameDescriptor, descriptor_of
from dkdata.secrets import redacted
from dkdata.validation import reading
from dkdata.validation.schemas.field import NO_DEFAULT, Field
from dkdata.validation.schemas.field_rules import rule_of, type_of_rule
from dkdata.validation.schemas.schema import Schema
from dkdata.validation.suite import Suite, as_suite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dkdata.validation.expectation import Expectation

_UNNAMED: Final = "unnamed_integers"


@dataclass(frozen=True)
class Side:
    """One of two schemas that are compared: its columns and its rules.

    Parameters
    ----------
    name
        Stands in what the comparison says.
    is_strict
        Whether other columns are forbidden.
    """

    name: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    is_strict: bool = False


def side_of(given: Any, suite: Any = None, *, name: str | None = None) -> Side:  # noqa: ANN401
    """Return what can be compared of anything that has columns or rules.

    Parameters
    ----------
    given
        A schema; a suite in any form but a path; a frame of any kind, a ``Table``, its name, path
        or URL, or an Arrow schema. Rows are read only of frames with columns of Python objects.
    suite
        The rules about the columns of a frame or a table; a schema gives its suite.
    name
        Stands in what the comparison says; otherwise the name of the suite, schema or table.

    Raises
    ------
    UsageError
        It has neither columns nor rules, or ``suite`` is given beside a schema or a suite.

    Examples
    --------
    >>> side_of(pa.schema([("id", pa.int64())])).columns[0].words
    'int64'
    """
    own = _with_own_rules(given)
    if own is not None and suite is not None:
        message = (
            "suite= is for the columns of a frame or a table: a schema and a suite have rules of"
            " their own. Leave it out."
        )
        raise UsageError(message)
    made = own or Side(_name_of(given), tuple(_of_arrow(_arrow_schema(given))))
    if suite is not None:
        rules = as_suite(suite)
        made = replace(_with_rules(made, rules), name=rules.name)
    return made if name is None else replace(made, name=name)


def _with_own_rules(given: Any) -> Side | None:  # noqa: ANN401 - anything
    """Return what has rules as a side, ``None`` if it has columns alone."""
    if isinstance(given, Side):
        return given
    if isinstance(given, Schema):
        return _of_schema(given)
    if isinstance(given, Suite) or hasattr(given, "to_suite") or reading.is_suite(given):
        return _with_rules(Side(as_suite(given).name, ()), as_suite(given))
    return None


def _name_of(given: object) -> str:
    if isinstance(given, str | PathLike):
        return redacted(str(given))
    return str(given.location.table) if _is_table(given) else "frame"  # type: ignore[attr-defined]


def _is_table(given: object) -> bool:
    """Whether it is a table of a store: what is lazy in a layer above."""
    return hasattr(given, "location") and hasattr(given, "to_pandas")


def _arrow_schema(given: Any) -> pa.Schema:  # noqa: ANN401 - any frame or source
    """Return the canonical schema of a frame or a table, with its descriptor."""
    if isinstance(given, str | PathLike):
        location = catalog.locate(given)
        given = location.store.schema(location.table)
    elif _is_table(given) or isinstance(given, pa.RecordBatchReader):
        given = given.schema
    if isinstance(given, pa.Schema):
        return frames.to_arrow(given.empty_table()).schema
    match frames.kind_of(given):
        case "pandas" if isinstance(given, pd.DataFrame) and not _holds_objects(given):
            return frames.to_arrow(given.iloc[:0]).schema
        case "polars" | "lazy":
            return frames.to_arrow(given.head(0)).schema
    return frames.to_arrow(given).schema


def _holds_objects(frame: pd.DataFrame) -> bool:
    """Whether the types of a frame are those of its values."""
    index = frame.index
    levels = index.levels if isinstance(index, pd.MultiIndex) else [index]
    return any(map(is_object_dtype, (*frame.dtypes, *(level.dtype for level in levels))))


def _of_arrow(schema: pa.Schema) -> Iterator[Column]:
    """Yield the columns of a table: every row has them, and null stands for what is new."""
    described = descriptor_of(schema) or FrameDescriptor()
    kept = {column.name: column for column in described.columns}
    unnamed = {level["column"] for level in described.index if level.get(_UNNAMED)}
    labels = {name: label(kept[name].shown) if name in kept else name for name in schema.names}
    are_unique = len(set(labels.values())) == len(labels)
    for field in schema:
        if field.name not in unnamed:
            name = labels[field.name] if are_unique else field.name
            yield Column(name, field.type, default=None, descriptor=kept.get(field.name))


def _of_schema(schema: Schema) -> Side:
    columns = tuple(_of_field(field) for field in schema.fields)
    rules = tuple(
        Rule(rule_of(field.name, field.type, constraint), constraint, of_field=True)
        for field in schema.fields
        for constraint in field.constraints
    )
    made = Side(schema.name, columns, rules, schema.strict)
    return _with_rules(made, schema.further)


def _of_field(field: Field) -> Column:
    return Column(field.name, field.type, not field.required, field.default, field.has_default)


def _with_rules(side: Side, suite: Suite) -> Side:
    """Return a side with the rules of a suite, which may know more columns and of the columns."""
    known = {column.name: column for column in side.columns}
    of_suite = not known
    rules: list[Expectation] = []
    for rule in suite:
        one = rule_from(rule)
        for name in one.columns if of_suite else ():
            known.setdefault(name, Column(name, "any"))
        column = known.get(one.columns[0]) if len(one.columns) == 1 else None
        told = None if column is None else _told(column, rule, of_suite=of_suite)
        if told is None:
            rules.append(rule)
        else:
            known[told.name] = told
    strict = [rule for rule in rules if _is_strict(rule, known)]
    return Side(
        side.name,
        tuple(known.values()),
        (*side.rules, *(rule_from(rule) for rule in rules if rule not in strict)),
        side.is_strict or bool(strict),
    )


def _told(column: Column, rule: Expectation, *, of_suite: bool) -> Column | None:
    """Return a column of which a rule tells its type, or that it is there or not null."""
    if is_bare(rule, EXISTS):
        return replace(column, is_optional=False, default=NO_DEFAULT)
    if is_bare(rule, NOT_NULL):
        return replace(column, nullable=False)
    told = type_of_rule(rule) if of_suite and column.type == "any" else None
    return None if told is None else replace(column, type=told)


def _is_strict(rule: Expectation, known: Iterable[Any]) -> bool:
    """Whether a rule says that there are no columns but those that are known."""
    listed = rule.kwargs.get("column_set")
    is_exact = rule.type == COLUMNS and rule.kwargs.get("exact_match", True) is True
    return is_exact and isinstance(listed, list) and set(map(label, listed)) == set(known)
