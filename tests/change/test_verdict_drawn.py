"""A verdict is never wrong: what is said to be compatible is stored, and meets the other side."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from pyarrow.types import is_null

import dkdata as dk
from dkdata.change import compare, side_of
from dkdata.change.columns import Column, is_alike
from dkdata.errors import DkError
from tests.change.drawn import (
    DTYPES,
    NUMERIC,
    TEXTUAL,
    edited,
    further_rules,
    rows_of,
    schemas,
    shifted,
    trees,
)

_TABLE = "memory.compared"
_FEWER = settings(
    max_examples=max(1, settings().max_examples // 3),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def is_met(rows, rules):
    try:
        return dk.validate(rows, rules).success
    except DkError:  # it names a column that is not there
        return False


def dtype_of(field):
    return DTYPES[field.type][-1]


def stored(rows, left, right):
    """What a table of one schema holds after rows of another were appended."""
    empty, given = {}, {}
    for field in right.fields:
        if field.name in rows:
            values = rows[field.name]
            of, to = Column("", left[field.name].type), Column("", field.type)
            kept = values[:0] if is_alike(of, to) else pd.Series([], dtype=dtype_of(field))
        else:
            values = pd.Series([field.default] * len(rows), dtype=dtype_of(field))
            kept = values[:0]
        empty[field.name], given[field.name] = kept, values
    dk.save(pd.DataFrame(empty), _TABLE, mode="replace")
    before = dk.table(_TABLE).schema
    dk.save(pd.DataFrame(given, index=rows.index), _TABLE, mode="append")
    after = dk.table(_TABLE).schema
    assert all(is_null(f.type) or f.type == after.field(f.name).type for f in before)
    return dk.load(_TABLE)


def readable(left, right, found):
    """The pairs of writer and reader of which a comparison says that they work."""
    is_backward = found.verdict in ("backward", "full")
    is_forward = found.verdict in ("forward", "full")
    return [(left, right)] * is_backward + [(right, left)] * is_forward


@pytest.mark.parametrize(
    "form", [lambda schema: schema, dk.Schema.to_suite], ids=["schema", "suite"]
)
@given(st.data())
@_FEWER
def test_rows_of_one_side_meet_the_other_where_that_is_said(form, data):
    left = data.draw(schemas("left"))
    right = data.draw(edited(left))
    sides = [side_of(form(schema)) for schema in (left, right)]
    for side, schema in zip(sides, (left, right), strict=True):
        assume({column.name for column in side.columns} == set(schema.names))
    found = compare(*sides)
    assume(found.changes)
    event(found.verdict)
    for writer, reader in readable(left, right, found):
        for rows in data.draw(st.lists(rows_of(writer), min_size=3, max_size=3)):
            if reader.fields and is_met(rows, form(writer)):
                event(f"met, {len(found.changes)} changes")
                again = dk.validate(stored(rows, writer, reader), form(reader))
                assert again.success, f"{found}\n{again}"


def check_rows(data, left, right, field):
    """Hold the verdict about two sides of one column against rows of it."""
    found = compare(left, right)
    assume(found.changes and found.verdict != "none")
    event(found.verdict)
    schema = dk.Schema("drawn", [field])
    for rows in data.draw(st.lists(rows_of(schema), min_size=8, max_size=8)):
        for writer, reader in readable(left, right, found):
            if is_met(rows, writer):
                event("met")
                again = dk.validate(rows, reader)
                assert again.success, f"{found}\n{rows}\n{again}"


@given(st.data(), st.sampled_from(["integer", "string"]))
@_FEWER
def test_rows_that_meet_a_rule_meet_the_changed_one_where_that_is_said(data, field_type):
    field = dk.Field("a", field_type)
    rule = data.draw(further_rules([field]))[0]
    assume(set(rule.columns) <= {"a"})
    other = data.draw(shifted(rule))
    check_rows(data, dk.Suite("left", [rule]), dk.Suite("right", [other]), field)


@given(st.data(), st.sampled_from(["integer", "string"]))
@_FEWER
def test_values_that_meet_a_constraint_meet_another_where_that_is_said(data, field_type):
    one, more = (data.draw(trees(TEXTUAL if field_type == "string" else NUMERIC)) for _ in "ab")
    third = data.draw(st.one_of(NUMERIC, TEXTUAL))
    other = data.draw(
        st.sampled_from([more, one | more, one & more, one | third, ~(~one & third), ~one | more])
    )
    sides = [
        dk.Schema(name, [dk.Field("a", "any", constraints=constraint)])
        for name, constraint in (("left", one), ("right", other))
    ]
    check_rows(data, *sides, dk.Field("a", field_type))
