"""Schemas of pandera as schemas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError, listing, shortened
from dkdata.validation.constraints.constraint import Constraint, Unique
from dkdata.validation.exchange.pandera_checks import constraints_of
from dkdata.validation.exchange.pandera_columns import column_for, shape_of
from dkdata.validation.exchange.pandera_dtypes import type_for
from dkdata.validation.exchange.pandera_import import imported
from dkdata.validation.expectation import Expectation
from dkdata.validation.schemas import reading as schema_json
from dkdata.validation.schemas.field import NO_DEFAULT, Field
from dkdata.validation.schemas.schema import Schema
from dkdata.validation.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OWN: Final = "dkdata"
"""Where the metadata of pandera keeps what it has no words for."""

META: Final = "pandera"
"""Where the meta of a suite keeps what pandera notes and no field says."""

FURTHER: Final = ("version", "further")
_NOTES: Final = ("title", "metadata")
_OF_SCHEMAS: Final[Mapping[str, Any]] = {
    "index": None, "checks": [], "parsers": [], "dtype": None, "drop_invalid_rows": False,
    "report_duplicates": "all", "add_missing_columns": False, "on_missing_columns": None,
    "unique_column_names": False,
}  # fmt: skip
_OF_COLUMNS: Final[Mapping[str, Any]] = {
    "regex": False, "default": None, "parsers": [], "drop_invalid_rows": False,
    "report_duplicates": "all", "on_missing": None,
}  # fmt: skip
"""What no field says, and what must be said for a column to be read as one."""


def read(given: Any) -> Schema:  # noqa: ANN401 - of pandera
    """Return the schema of a schema or a model of pandera.

    Raises
    ------
    UsageError
        It is none, or says what no schema says: of which column.
    """
    found = _opened(given)
    name = str(found.name or "schema")
    fields, notes = list[Field](), dict[Any, Any]()
    for label, column in found.columns.items():
        with UsageError.within(f"pandera schema {name!r}, column {label!r}"):
            fields.append(field_of(label, column, name))
            told = _notes(column)
            notes |= {label: told} if told else {}
    with UsageError.within(f"pandera schema {name!r}"):
        _check(found, _OF_SCHEMAS, "a schema")
        if found.strict not in (True, False):
            message = f"strict={found.strict!r} changes the frame. Give True or False."
            raise UsageError(message)
        bare = Schema(name, fields, strict=bool(found.strict))
        return _whole(found, bare, _notes(found) | ({"columns": notes} if notes else {}))


def _opened(given: Any) -> Any:  # noqa: ANN401 - of pandera
    pandera = imported("dk.Schema.from_pandera")
    found = given.to_schema() if isinstance(given, type) and hasattr(given, "to_schema") else given
    if isinstance(found, pandera.DataFrameSchema):
        return found
    message = (
        f"{shortened(given)} is no schema of pandera for pandas. Give a DataFrameSchema or a"
        " DataFrameModel of pandera.pandas."
    )
    raise UsageError(message)


def _check(given: Any, expected: Mapping[str, Any], what: str) -> None:  # noqa: ANN401 - of pandera
    """Raise if something is told that no schema or field says."""
    for name, value in expected.items():
        told = getattr(given, name, value)
        if told is not value and not (isinstance(value, list | str) and told == value):
            message = f"{name}={shortened(told)} cannot be said of {what}. Leave it out."
            raise UsageError(message)


def _notes(given: Any) -> dict[str, Any]:  # noqa: ANN401 - of pandera
    """Return what no row can fail and no schema has a place for."""
    metadata = {key: told for key, told in (given.metadata or {}).items() if key != OWN}
    told = {"title": given.title, "metadata": metadata}
    return {key: value for key, value in told.items() if value}


def _whole(found: Any, bare: Schema, notes: Mapping[str, Any]) -> Schema:  # noqa: ANN401 - of pandera
    """Return a schema with what is said of the whole table."""
    own = (found.metadata or {}).get(OWN, {})
    if not isinstance(own, dict) or not set(own) <= set(FURTHER):
        message = (
            f"metadata[{OWN!r}]={shortened(own)} is not what dkdata writes: {listing(FURTHER)}."
        )
        raise UsageError(message)
    exact = schema_json.read({"format": 1, "name": bare.name, "fields": [], **own})
    rules = exact.further.expectations or _rules(found, bare)
    meta = {**(exact.further.meta or {}), **({META: dict(notes)} if notes else {})}
    text = found.description if found.description is not None else exact.further.notes
    made = replace(
        bare,
        version=exact.version,
        further=Suite(bare.name, rules, meta=meta, notes=text, id=exact.further.id),
        places=exact.places,
    )
    if of_table(made) != (found.unique or None, found.ordered):
        message = (
            f"its metadata says other rules of the whole table than unique={found.unique!r} and"
            f" ordered={found.ordered!r}. Remove {OWN!r} from the metadata where those hold."
        )
        raise UsageError(message)
    return made


def of_table(schema: Schema) -> tuple[list[Any] | None, bool]:
    """Return the columns whose values differ together, and whether all are in their order."""
    rules = schema.further.expectations
    named = [rule.kwargs.get("column_list", ()) for rule in rules]
    unique = [
        names
        for rule, names in zip(rules, named, strict=True)
        if len(names) > 1 and rule == unique_rule(names)
    ]
    is_whole = schema.strict and not any(field.has_default for field in schema.fields)
    return unique[0] if unique else None, is_whole and ordered_rule(schema.names) in rules


def unique_rule(names: Iterable[Any]) -> Expectation:
    """Return the rule that rows differ in some columns, null being equal to null."""
    kwargs = {"column_list": list(names), "ignore_row_if": "never"}
    return Expectation("expect_compound_columns_to_be_unique", kwargs)


def ordered_rule(names: Iterable[Any]) -> Expectation:
    """Return the rule that a table has exactly these columns in their order."""
    kwargs = {"column_list": list(names)}
    return Expectation("expect_table_columns_to_match_ordered_list", kwargs)


def _rules(found: Any, bare: Schema) -> list[Expectation]:  # noqa: ANN401 - of pandera
    """Return what is said of the whole table as rules."""
    unique = found.unique or []
    if len(unique) == 1:
        message = f"unique={unique!r} is about one column. Give that column unique=True."
        raise UsageError(message)
    rules = [unique_rule(unique)] if unique else []
    if not found.ordered:
        return rules
    if not bare.strict or any(field.has_default for field in bare.fields):
        message = (
            "ordered=True cannot be said of columns that may be absent or have others between them."
            " Leave it out, or give strict=True and required=True."
        )
        raise UsageError(message)
    return [*rules, ordered_rule(bare.names)]


def field_of(label: Any, column: Any, schema: str) -> Field:  # noqa: ANN401 - of pandera
    """Return the field that a column of a schema of pandera describes.

    Raises
    ------
    UsageError
        It says what no field says.
    """
    _check(column, _OF_COLUMNS, "a field")
    own = (column.metadata or {}).get(OWN)
    if own is not None:
        field = Field.from_dict(own)
        if field.name != label or shape_of(column_for(field)) != shape_of(column):
            message = (
                f"its metadata says {field}, and the column says something else. Remove {OWN!r}"
                " from the metadata where the column holds."
            )
            raise UsageError(message)
        return field
    if column.unique and column.nullable:
        message = (
            "unique=True refuses a second null, and no field does. Give nullable=False, or leave"
            " unique=True out and give the field dk.Unique(), to which nulls are not equal."
        )
        raise UsageError(message)
    field_type = type_for(column.dtype)
    constraints: list[Constraint] = [Unique()] if column.unique else []
    for check in column.checks:
        constraints += constraints_of(check, field_type, f"{schema}.{label}")
    return Field(
        label,
        field_type,
        required=not column.nullable,
        default=NO_DEFAULT if column.required else None,
        constraints=constraints,
        description=column.description or "",
    )
