"""Pairs of schemas, the second often made of the first, and rows of one, drawn."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

import dkdata as dk
from dkdata.errors import UsageError
from dkdata.validation.constraints.constraint import Constraint
from dkdata.validation.schemas.field import NO_DEFAULT

NAMES = ("a", "b", "c")
# The dtypes that a column of a type may have, and the values in it.
DTYPES: dict[Any, tuple[Any, ...]] = {
    "integer": ("int64", "Int64", "int8", "uint16", "int64[pyarrow]"),
    "string": ("str", "object", "category"),
    "float": ("float64", "float32"),
    "boolean": ("bool", "boolean"),
    "any": ("int64", "str"),
    pa.int8(): ("int8", "Int8"),
    pa.int32(): ("int32", "Int32"),
    pa.int64(): ("int64", "Int64", "int64[pyarrow]"),
    pa.uint32(): ("uint32", "UInt32"),
    pa.float32(): ("float32",),
    pa.float64(): ("float64",),
    pa.large_string(): ("str",),
    pa.decimal128(6, 1): (pd.ArrowDtype(pa.decimal128(6, 1)),),
    pa.decimal128(9, 2): (pd.ArrowDtype(pa.decimal128(9, 2)),),
}
TYPES = tuple(DTYPES)
_TEXTS = ("", "a", "ab", "abc", "b")
_SMALL = st.integers(0, 4)


def values_of(dtype: Any) -> st.SearchStrategy[Any]:
    if isinstance(dtype, pd.ArrowDtype):
        return _SMALL.map(Decimal)
    if dtype in ("str", "object", "category"):
        return st.sampled_from(_TEXTS)
    if dtype.lower().startswith("bool"):
        return st.booleans()
    return _SMALL.map(float) if "float" in dtype else _SMALL


def takes_null(dtype: Any) -> bool:
    name = str(dtype)
    return name[0] in "IUfs" or name in ("object", "category", "boolean") or "[" in name


@st.composite
def ends(draw: Any) -> tuple[Any, Any]:
    return tuple(sorted((draw(st.integers(0, 2)), draw(st.integers(2, 5)))))


NUMERIC: st.SearchStrategy[Constraint] = st.one_of(
    st.builds(dk.MinValue, st.integers(0, 2)),
    st.builds(dk.MaxValue, st.integers(2, 5)),
    ends().map(lambda pair: dk.Range(*pair)),
    st.builds(dk.MaxValue, st.sampled_from([2.0, 3.5, Decimal(4)])),
    st.builds(dk.Enum, st.lists(_SMALL, min_size=2, max_size=5)),
    st.just(dk.Unique()),
)
TEXTUAL: st.SearchStrategy[Constraint] = st.one_of(
    st.builds(dk.MaxLength, st.integers(1, 3)),
    ends().map(lambda pair: dk.Length(*pair)),
    st.builds(dk.Enum, st.lists(st.sampled_from(_TEXTS), min_size=2, max_size=5)),
    st.builds(dk.Pattern, st.sampled_from(["[a-c]*", "a.*", ".*"])),
    st.builds(dk.MinValue, st.sampled_from(_TEXTS)),
)


def trees(leaves: st.SearchStrategy[Constraint]) -> st.SearchStrategy[Constraint]:
    every = st.one_of(leaves, leaves, NUMERIC, TEXTUAL)
    return st.one_of(
        leaves,
        leaves,
        st.builds(lambda a, b: a | b, leaves, every),
        st.builds(lambda a, b: a & b, leaves, leaves),
        st.builds(lambda a: ~a, every),
        st.builds(lambda a, b: ~a | b, leaves, leaves),
    )


def constraints_of(field_type: Any) -> st.SearchStrategy[Any]:
    is_text = field_type in ("string", pa.large_string())
    return st.lists(trees(TEXTUAL if is_text else NUMERIC), max_size=2)


def defaults_of(field_type: Any) -> st.SearchStrategy[Any]:
    dtype = DTYPES[field_type][0]
    return st.one_of(st.just(NO_DEFAULT), st.just(NO_DEFAULT), st.none(), values_of(dtype))


@st.composite
def fields(draw: Any, name: str) -> dk.Field:
    field_type = draw(st.sampled_from(TYPES))
    return made_of(
        name,
        field_type,
        required=draw(st.booleans()),
        constraints=draw(constraints_of(field_type)),
        default=draw(defaults_of(field_type)),
    )


def made_of(name: str, field_type: Any, **parts: Any) -> dk.Field:
    """A field, without a default that is not of its type or that it forbids."""
    try:
        return dk.Field(name, field_type, **parts)
    except UsageError:
        return dk.Field(name, field_type, **{**parts, "default": NO_DEFAULT})


@st.composite
def changed(draw: Any, field: dk.Field) -> dk.Field:
    """A field with one part changed."""
    parts = {"required": field.required, "constraints": field.constraints, "default": field.default}
    field_type = field.type
    match draw(st.sampled_from(["type", "constraints", "constraints", *parts])):
        case "type":
            field_type = draw(st.sampled_from(TYPES))
        case "required":
            parts["required"] = not field.required
        case "constraints":
            parts["constraints"] = draw(constraints_of(field_type))
        case "default":
            parts["default"] = draw(defaults_of(field_type))
    return made_of(field.name, field_type, **parts)


_MOSTLY = st.sampled_from([1, 1, 0.5, 0.75, 1.0])


@st.composite
def further_rules(draw: Any, made: list[dk.Field]) -> Any:
    """A rule that fits no field, about a column that can have it."""
    field = draw(st.sampled_from(made)) if made else dk.Field("a", "integer")
    column, mostly = dk.expect(field.name), draw(_MOSTLY)
    low, high = draw(ends())
    closed = draw(st.sampled_from(["both", "both", "left", "right", "neither"]))
    some = draw(st.lists(_SMALL, min_size=1, max_size=5))
    texts = draw(st.lists(st.sampled_from(_TEXTS), min_size=1, max_size=5))
    dtypes = [dtype for dtype in DTYPES[field.type] if isinstance(dtype, str)]
    of_any = [
        lambda: column.not_null(mostly=mostly),
        lambda: column.unique(mostly=mostly),
        column.exists,
        lambda: column.unique_count(low, high),
        lambda: column.of_type(draw(st.sampled_from(dtypes or ["int64"]))),
        lambda: column.not_null(row_condition=f"{field.name} > {low}"),
        lambda: dk.expect_table().row_count_between(low, high),
        lambda: dk.expect_table().column_count(len(made) + draw(st.integers(0, 1))),
        lambda: dk.expect_table().columns_ordered([each.name for each in made]),
        lambda: dk.expect_columns([*NAMES[:2]]).unique_together(),
    ]
    of_texts = [
        lambda: column.in_set(texts, mostly=mostly),
        lambda: column.not_in_set(texts[:1], mostly=mostly),
        lambda: column.length(low, mostly=mostly),
        lambda: column.length_between(low, high, mostly=mostly, closed=closed),
        lambda: column.matches("a", mostly=mostly),
        lambda: column.distinct_in(texts),
    ]
    of_numbers = [
        lambda: column.between(low, high, mostly=mostly, closed=closed),
        lambda: column.between(low, None, mostly=mostly),
        lambda: column.between(float(low), high, mostly=mostly),
        lambda: column.in_set(some, mostly=mostly),
        lambda: column.not_in_set(some[:2], mostly=mostly),
        lambda: column.min(low, high),
        lambda: column.max(None, high, closed=closed),
        lambda: column.mean(low, high),
        lambda: column.distinct_in(some),
        lambda: column.distinct_contains(some[:2]),
        lambda: column.most_common(some),
        lambda: column.between(low, high, row_condition=f"{field.name} > {low}"),
        lambda: dk.expect_pair("a", "b").greater_than(or_equal=draw(st.booleans())),
    ]
    is_text = field.type in ("string", pa.large_string())
    return draw(st.sampled_from([*of_any, *(of_texts if is_text else of_numbers)]))()


@st.composite
def schemas(draw: Any, name: str) -> dk.Schema:
    made = [draw(fields(each)) for each in NAMES if draw(st.integers(0, 3))]
    further = draw(st.lists(further_rules(made), max_size=2))
    return dk.Schema(name, made, strict=draw(st.integers(0, 5)) == 0, further=further)


_EDITS = (*["field"] * 3, "add", "drop", "rule", *["parameter"] * 4, "strict")


@st.composite
def shifted(draw: Any, rule: dk.Expectation) -> dk.Expectation:
    """A rule with one parameter a bit higher or lower."""
    kwargs = dict(rule.kwargs)
    names = [name for name in kwargs if name.split("_")[0] in ("min", "max", "strict", "mostly")]
    match draw(
        st.sampled_from([*names, *(["value_set"] if "value_set" in kwargs else [])] or [""])
    ):
        case "mostly":
            kwargs["mostly"] = draw(_MOSTLY)
        case "value_set":
            more = kwargs["value_set"][:1] if draw(st.booleans()) else []
            kwargs["value_set"] = draw(
                st.sampled_from([[*kwargs["value_set"][1:], *more], [0, 1, 2, 3, 4]])
            )
        case "min_value" | "max_value" as end if kwargs[end] is not None:
            kwargs[end] += draw(st.sampled_from([-1, 1]))
        case "strict_min" | "strict_max" as end:
            kwargs[end] = not kwargs[end]
    return replace(rule, kwargs=kwargs)


@st.composite
def edited(draw: Any, given: dk.Schema) -> dk.Schema:
    """A schema with one or two parts changed."""
    made, rules, strict = list(given.fields), list(given.further), given.strict
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, 2)) % max(len(made), 1)
        match draw(st.sampled_from(_EDITS)):
            case "field" if made:
                made[place] = draw(changed(made[place]))
            case "add":
                new = [each for each in NAMES if each not in {field.name for field in made}]
                made += [draw(fields(each)) for each in new[:1]]
            case "drop" if made:
                del made[place]
            case "rule":
                rules = [rule for rule in rules if draw(st.booleans())] + [
                    draw(further_rules(made))[0]
                ]
            case "parameter" if rules:
                number = draw(st.integers(0, len(rules) - 1))
                rules[number] = draw(shifted(rules[number]))
            case "strict":
                strict = not strict
    return dk.Schema("right", made, strict=strict, further=rules)


@st.composite
def column(draw: Any, field: dk.Field, count: int) -> pd.Series[Any]:
    dtype = draw(st.sampled_from(DTYPES[field.type]))
    values = values_of(dtype)
    if takes_null(dtype) and not field.required:
        values = st.one_of(values, values, values, st.none())
    drawn = draw(st.lists(values, min_size=count, max_size=count))
    if dtype == "category":
        return pd.Series(drawn, dtype="str").astype("category")
    return pd.Series(drawn, dtype=dtype)


@st.composite
def rows_of(draw: Any, schema: dk.Schema) -> pd.DataFrame:
    """Rows whose columns are those of a schema; they need not meet its rules."""
    count = draw(st.integers(0, 4))
    columns = {field.name: draw(column(field, count)) for field in schema.fields}
    return pd.DataFrame(columns, index=range(count))
