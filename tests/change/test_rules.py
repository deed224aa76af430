from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.change import compare

A, B = dk.expect("a"), dk.expect("b")
TABLE = dk.expect_table()

# before, after, and what the change breaks
CASES = [
    (A.between(0, 10), A.between(0, 5), "backward"),
    (A.between(0, 10), A.between(0, 20), "forward"),
    (A.between(0, 10), A.between(5, 20), "both"),
    (A.between(0), A.between(0, 20), "backward"),
    (A.between(0, 10), A.between(0), "forward"),
    (A.between(0, 10, closed="neither"), A.between(0, 10), "forward"),
    (A.between(0, 10), A.between(-1, 11, closed="neither"), "both"),
    (A.between(0, 10), A.between(0, 10.0), "both"),
    (A.between("2024-01-01"), A.between("2023-01-01"), "both"),
    (A.between(dt.date(2024, 1, 1)), A.between(dt.date(2023, 1, 1)), "forward"),
    (A.between(Decimal(1)), A.between(Decimal(2)), "backward"),
    (A.between(0, 2**70), A.between(0, 2**71), "both"),
    (A.between(0, 10, mostly=0.9), A.between(0, 10), "backward"),
    (A.between(0, 10, mostly=0.9), A.between(0, 10, mostly=0.5), "forward"),
    (A.between(0, 10, mostly=0.9), A.between(0, 20), "both"),
    (A.between(0, 9, row_condition="b > 1"), A.between(0, 20, row_condition="b > 1"), "forward"),
    (A.in_set([1, 2]), A.in_set([2, 1, 3]), "forward"),
    (A.in_set([1, 2]), A.in_set([1]), "backward"),
    (A.in_set([1, 2]), A.in_set([1, 2, "x"]), "both"),
    (A.in_set([1, 2]), A.in_set([1, 2, True]), "both"),
    (A.not_in_set([1, 2]), A.not_in_set([1]), "forward"),
    (A.length(5), A.length_between(2, 9), "forward"),
    (A.length_between(2, 9), A.length_between(3, 9), "backward"),
    (A.matches("a"), A.matches("b"), "both"),
    (A.mean(0, 5), A.mean(0, 9), "forward"),
    (A.distinct_contains([1, 2]), A.distinct_contains([1]), "forward"),
    (TABLE.row_count_between(1, 9), TABLE.row_count_between(0, 10), "forward"),
    (TABLE.column_count(2), TABLE.column_count(3), "both"),
    (A.unique(), A.unique(severity="warning"), ""),
    (A.unique(mostly=0.9), A.unique(), "backward"),
    (A.between({"$PARAMETER": "low"}), A.between(0), "both"),
]  # fmt: skip


def suites(*rules):
    every = B.between(0) + A.between(-(2**40))
    return [dk.Suite(name, [every, rule]) for name, rule in zip(("old", "new"), rules, strict=True)]


@pytest.mark.parametrize(("before", "after", "breaks"), CASES, ids=str)
def test_a_rule_is_tighter_looser_or_another(before, after, breaks):
    found = compare(*suites(before, after))
    kinds = {(change.kind, change.breaks) for change in found.changes}
    if before[0].type == after[0].type:
        assert kinds == {("rule changed", breaks)}
    else:
        assert {kind for kind, _ in kinds} == {"rule added", "rule removed"}
        assert found.verdict == {"forward": "backward"}[breaks]
    verdicts = {"": "full", "backward": "forward", "forward": "backward", "both": "none"}
    assert found.verdict == verdicts[breaks]


CONSTRAINTS = [
    (dk.Range(0, 5), dk.Range(0, 9), "backward"),
    (dk.Range(0, 5), dk.MinValue(0), "backward"),
    (dk.Range(0, 5), dk.Range(0, 9) | dk.Enum([99]), "backward"),
    (dk.Range(0, 9) | dk.Enum([99]), dk.Range(0, 99), "none"),
    (dk.Range(0, 9) & dk.Enum([1, 2]), dk.Enum([1, 2, 3]), "backward"),
    (~dk.Range(0, 9), ~dk.Range(0, 5), "backward"),
    (~dk.Enum([1, 2]), ~dk.Enum([1]), "backward"),
    (dk.Enum([1]), dk.Enum([1, 2]), "backward"),
    (dk.Enum([1]), dk.Enum([True, 1]), "none"),
    (dk.Enum([1]), dk.Enum([1]) | dk.Pattern("x"), "none"),  # a pattern raises about a number
    (dk.Range(0, 5), dk.Range(0, 5) | dk.Range("a", "b"), "none"),
    (dk.Range(0, 5) | dk.Custom("odd"), dk.Range(0, 9) | dk.Custom("odd"), "backward"),
    (dk.Range(0, 5), dk.Range(0, 5) | dk.Custom("odd"), "none"),
    (dk.Range(0, 5), dk.Range(Decimal(0), Decimal(5)), "none"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "verdict"), CONSTRAINTS, ids=str)
def test_constraints_are_followed_through_and_or_and_not(before, after, verdict):
    sides = [
        dk.Schema(name, [dk.Field("a", "any", constraints=constraint)])
        for name, constraint in (("old", before), ("new", after))
    ]
    assert compare(*sides).verdict == verdict
    (found,) = compare(*sides).changes
    assert found.kind == "rule changed"


def test_an_implied_rule_breaks_nothing():
    (found,) = compare(*suites(A.between(0, 5), A.between(0, 5) + A.between(-1, 9))).changes
    assert (found.kind, found.breaks, found.why) == ("rule added", "", "rows meet it already")


def schema(name, *fields, further=()):
    return dk.Schema(name, [dk.Field(*field) for field in fields], further=further)


@pytest.mark.parametrize(
    ("rule", "is_kept"),
    [
        (A.between(0, 5, mostly=0.5), True),
        (A.in_set([1], mostly=0.5), True),
        (A.of_type("int32"), False),
        (A.mean(0, 5), False),
        (A.matches("1"), False),
        (B.between(0, 5, mostly=0.5), True),
        (B.between(0, 5, row_condition="a > 1"), False),
        (TABLE.row_count_between(0, 5), True),
        (TABLE.columns_ordered(["a", "b"]), True),
        (TABLE.no_rows("SELECT * FROM {batch} WHERE a > 1"), False),
    ],
    ids=str,
)
def test_a_rule_that_stays_may_break_where_the_type_of_its_column_is_wider(rule, is_kept):
    old = schema("old", ("a", pa.int32()), ("b", "integer"), further=rule)
    new = schema("new", ("a", pa.int64()), ("b", "integer"), further=rule)
    assert compare(old, new).verdict == ("backward" if is_kept else "none")


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        (A.between(0, 5), "full"),
        (A.between(0, 5, row_condition="a > 1"), "backward"),  # it may name what is left out
        (TABLE.column_count(1), "none"),
        (TABLE.columns_ordered(["a"]), "none"),
        (TABLE.no_rows("SELECT * FROM {batch} WHERE a > 1"), "none"),
        (dk.Expectation("expect_of_mine", {"column": "a"}), "none"),
    ],
    ids=str,
)
def test_a_rule_that_stays_may_break_where_a_column_is_added(rule, verdict):
    old = schema("old", ("a", "integer"), further=rule)
    new = dk.Schema("new", [*old.fields, dk.Field("b", "integer", default=0)], further=rule)
    assert compare(old, new).verdict == verdict


@pytest.mark.parametrize(
    ("constraint", "breaks"),
    [(dk.Range(0, 9), ""), (dk.Unique(), "backward"), (dk.Range(0, 9) & dk.Unique(), "backward")],
)
def test_the_default_of_a_new_column_meets_what_is_asked_of_single_values(constraint, breaks):
    new = dk.Field("b", "integer", default=0, constraints=constraint)
    old = schema("old", ("a", "integer"))
    added, rule = compare(old, dk.Schema("new", [*old.fields, new])).changes
    assert (added.kind, added.breaks) == ("added", "")
    assert (rule.kind, rule.breaks) == ("rule added", breaks)


def test_rules_follow_a_column_that_may_have_been_renamed():
    old = dk.Schema("old", [dk.Field("name", "string", constraints=dk.MaxLength(5))])
    new = dk.Schema("new", [dk.Field("names", "string", constraints=dk.MaxLength(9))])
    kinds = [(change.kind, change.breaks) for change in compare(old, new).changes]
    assert kinds == [("renamed", "both"), ("rule changed", "forward")]


def test_a_schema_and_its_suite_say_the_same_of_whole_numbers_and_texts():
    fields = [
        dk.Field("n", "integer", required=True, constraints=dk.Range(0, 9)),
        dk.Field("t", "string", constraints=[dk.MaxLength(4), dk.Enum(["a"])]),
    ]
    made = dk.Schema("s", fields, strict=True)
    assert compare(made, made.to_suite()).changes == ()
    exact = dk.Schema("s", [dk.Field("x", "float", constraints=dk.MaxValue(0.1))])
    assert compare(exact, exact).changes == ()
