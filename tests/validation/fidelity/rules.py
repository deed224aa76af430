"""Every expectation, written for the values of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dkdata as dk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.validation.fidelity.columns import Column

TYPES = (
    "int64",
    "float64",
    "str",
    "object",
    "bool",
    "datetime64",
    "Int64Dtype",
    "int",
    "Timestamp",
)
REGEXES = (
    r"^a",
    r"\d",
    r"^\w+$",
    r"b$",
    r"(?i)ab",
    r"[^\x00-\x7f]",
    r"\s",
    r"a.b",
    r"\bab\b",
    r"^$",
)
PATTERNS = ("a%", "%1", "_b_", "%")


def rules(column: Column, mostly: float = 1, condition: Any = None) -> dk.Suite:
    """Return rules of every type about the columns of ``frame_of(column)``."""
    shared: Mapping[str, Any] = {} if condition is None else {"row_condition": condition}
    made = [
        *_row_rules(column, {**shared, "mostly": mostly}),
        *_aggregates(column, shared),
        *_several(column, {**shared, "mostly": mostly}),
        dk.expect_table().row_count(12, **shared).row_count_between(3, 11, **shared),
    ]
    if condition is None and mostly == 1:
        made += _tables()
    return dk.Suite("every rule", made)


def _row_rules(column: Column, given: Mapping[str, Any]) -> list[dk.Suite]:
    a = dk.expect("a")
    made = [
        a.not_null(**given), a.null(**given), a.unique(**given), a.increasing(**given),
        a.decreasing(strictly=True, **given), a.in_set(column.sample, **given),
        a.not_in_set(column.sample, **given), a.in_set(["ab1", "2024-01-01"], **given),
        a.in_set([True, 3], **given), a.not_in_set([1.0, "2024-06-30"], **given),
        a.length(3, **given), a.length_between(2, 4, closed="left", **given),
        a.length_between(None, 3, **given), a.dateutil_parseable(**given),
        a.json_parseable(**given), a.json_schema({"type": "object"}, **given),
        a.strftime("%Y", **given), a.z_score_below(1, **given),
        a.z_score_below(0.5, double_sided=False, **given), a.not_outlier(**given),
        a.not_outlier(method="std", multiplier=1, **given),
        a.matches_any(REGEXES[:2], **given), a.matches_all(REGEXES[1:3], **given),
        a.not_matches_any(REGEXES[:3], **given), a.of_types(TYPES, **given),
        a.of_types(["str", "int"], **given),
    ]  # fmt: skip
    made += [rule for one in TYPES for rule in (a.of_type(one, **given),)]
    made += [
        rule for one in REGEXES for rule in (a.matches(one, **given), a.not_matches(one, **given))
    ]
    if column.low is not None:
        low, high = column.low, column.high
        made += [
            a.between(low, high, **given), a.between(low, high, closed="neither", **given),
            a.between(low, None, closed="right", **given), a.between(None, high, **given),
        ]  # fmt: skip
    made += [a.between(0, 3, **given)]
    return made


def _aggregates(column: Column, given: Mapping[str, Any]) -> list[dk.Suite]:
    a = dk.expect("a")
    made = [
        a.unique_count(1, 8, **given), a.proportion_unique(0.5, 1, **given),
        a.proportion_non_null(0.5, 1, closed="left", **given), a.mean(0, 3, **given),
        a.median(0, 3, **given), a.stdev(0, 3, **given), a.sum(0, 30, **given),
        a.min(0, 3, **given), a.max(0, 30, closed="neither", **given),
        a.quantiles({0.1: (0, 3), 0.5: (None, 3), 1: (2, None)}, **given),
        a.quantiles({0.5: (0, 3)}, allow_relative_error=True, **given),
        a.most_common(column.sample, **given),
        a.most_common([*column.sample, True, 5], ties_okay=True, **given),
        a.distinct_in(column.sample, **given), a.distinct_contains(column.sample, **given),
        a.distinct_equals(["ab1", "2024-01-01", *column.sample], **given),
        a.kl_divergence({"values": ["x", "y"], "weights": [0.5, 0.5]}, 0.1, **given),
    ]  # fmt: skip
    if column.low is not None:
        made += [a.min(column.low, column.high, **given), a.max(column.low, column.high, **given)]
    return made


def _several(column: Column, given: Mapping[str, Any]) -> list[dk.Suite]:
    pair, three = dk.expect_pair("a", "b"), dk.expect_columns(["a", "b", "n"])
    two, sample = dk.expect_columns(["a", "b"]), column.sample
    made = [rule for ignored in ("both_values_are_missing", "either_value_is_missing", "neither")
            for rule in (pair.greater_than(ignore_row_if=ignored, **given),
                         pair.equal(ignore_row_if=ignored, **given))]  # fmt: skip
    made += [pair.greater_than(or_equal=True, **given),
             pair.in_set([(value, value) for value in sample] + [(1, 8)], **given)]  # fmt: skip
    for ignored in ("all_values_are_missing", "any_value_is_missing", "never"):
        options = {**given, "ignore_row_if": ignored}
        made += [two.unique_together(**options), two.equal(**options), two.unique_within(**options),
                 two.sum_to(10, **options), three.unique_within(**options)]  # fmt: skip
    return made


def _tables() -> list[dk.Suite]:
    table = dk.expect_table()
    a = dk.expect("a")
    return [
        table.column_count(4), table.column_count_between(1, 3), table.columns_are(["a", "b"]),
        table.columns_are(["a", "z"], exact=False), table.columns_ordered(["a", "b", "n", "kind"]),
        table.columns_ordered(["b", "a"]), a.exists(), a.exists(index=1), dk.expect("q").exists(),
        *(a.type(one) for one in ("int64", "float64", "str", "object", "datetime64", "category")),
    ]  # fmt: skip
