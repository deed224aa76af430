"""The rules that columns suggest, kind by kind."""

from __future__ import annotations

import uuid

import numpy as np
import pandas as pd
import pytest

import dkdata as dk

N = 2_000
_RANDOM = np.random.default_rng(7)
_SHUFFLED = _RANDOM.permutation(N)
_HOURS = pd.date_range("2024-01-01 00:30", periods=N, freq="h")


def _told(series, **options):
    """Return the rules about a series, but the one about its dtype."""
    frame = pd.Series(series, name="x").to_frame()
    suite = dk.suggest(frame, columns="x", **options)
    return [item.rule for item in suite if not item.rule.startswith("type")]


def _with(values, *others):
    """Return values of which the last ones are others."""
    return [*values[: len(values) - len(others)], *others]


COLUMNS = {
    "a key": (np.arange(N), ["not_null", "unique", "increasing(strictly=True)", "between(0)"]),
    "a key in no order": (5 + _SHUFFLED, ["not_null", "unique", "between(1)"]),
    "a countdown": (np.arange(N)[::-1], [
        "not_null", "unique", "decreasing(strictly=True)", "between(0)",
    ]),
    "all of a range": (np.arange(N) % 12 + 1, ["not_null", "between(1, 12)"]),
    "few integers": (np.array([200, 404, 500])[np.arange(N) % 3], [
        "not_null", "in_set([200, 404, 500])",
    ]),
    "integers": (_RANDOM.integers(0, 9_000, N), ["not_null", "between(0, 9000)"]),
    "floats": (_RANDOM.random(N), ["not_null", "between(0, 1)"]),
    "whole floats with a gap": (_with(list(np.arange(N) % 90 * 1.0), np.nan), [
        "not_null(mostly=0.99)", "between(0, 90)",
    ]),
    "an outlier": (_with(np.arange(N) % 90, 999), ["not_null", "between(0, 90, mostly=0.99)"]),
    "one value": ([7] * N, ["not_null", "between(7, 7)"]),
    "infinite": (_with(list(_RANDOM.random(N)), np.inf), [
        "not_null", "between(0, 1, mostly=0.99)",
    ]),
    "nothing but infinite": ([np.inf] * N, ["not_null"]),
    "integers that floats do not tell apart": (2**60 + np.arange(N), ["not_null", "unique"]),
    "unsigned": (np.arange(N, dtype="uint8") % 5, ["not_null", "between(0, 4)"]),
    "times": (_HOURS.take(_SHUFFLED), [
        "not_null", "between('2024-01-01T00:00:00', '2024-04-01T00:00:00')",
    ]),
    "times in order": (_HOURS, [
        "not_null", "increasing(strictly=True)", "between('2024-01-01T00:00:00')",
    ]),
    "times of a zone": (_HOURS.take(_SHUFFLED).tz_localize("Europe/Oslo", ambiguous=True,
                        nonexistent="shift_forward"), [
        "not_null", "between('2023-12-01T00:00:00+00:00', '2024-04-01T00:00:00+00:00')",
    ]),
    "a time far away": (_with(list(_HOURS.take(_SHUFFLED)), pd.Timestamp("2099-12-31")), [
        "not_null", "between('2024-01-01T00:00:00', '2024-04-01T00:00:00', mostly=0.99)",
    ]),
    "few texts": (["open", "closed"] * (N // 2), ["not_null", "in_set(['closed', 'open'])"]),
    "few texts and a typo": (_with(["open", "closed"] * (N // 2), "opne"), [
        "not_null", "in_set(['closed', 'open'], mostly=0.99)",
    ]),
    "codes": ([f"C{n:04}" for n in _SHUFFLED], ["not_null", "unique", "matches('^C[0-9]{4}$')"]),
    "codes and another": (_with([f"C{n:04}" for n in _SHUFFLED], "SHORT"), [
        "not_null", "unique", "matches('^C[0-9]{4}$', mostly=0.99)",
    ]),
    "uuids": ([str(uuid.UUID(int=int(n) ** 11)) for n in _SHUFFLED], [
        "not_null", "unique",
        "matches('^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{…)",
    ]),
    "prose": ([f"{'so ' * (n % 9)}it goes{'!' * (n % 100)}" for n in range(N)], [
        "not_null", "length_between(1, 130)",
    ]),
    "prose of one length": ([chr(945 + n % 24) + chr(945 + n // 24) for n in range(N)], [
        "not_null", "unique", "length(2)",
    ]),
    "texts of which some are empty": (["", "ab c", "d"] * 20 + [f"é {n}" for n in range(N)], [
        "not_null", "length_between(0, 6)",
    ]),
    "flags": ([True, False] * (N // 2), ["not_null"]),
    "flags with gaps": ([True, False, None] * N, ["not_null(mostly=0.6)", "in_set([False, True])"]),
    "categories": (pd.Categorical(["b", "a"] * N, ["b", "a", "unused"]), [
        "not_null", "in_set(['a', 'b'])",
    ]),
    "many categories": (pd.Categorical([f"{n} {'x' * (n % 7)}" for n in range(N)]), ["not_null"]),
    "lengths of time": (pd.to_timedelta(np.arange(N), unit="s"), ["not_null"]),
    "nothing": ([None] * N, []),
    "hardly anything": ([1.5] + [None] * N, []),
    "texts that are no Unicode": (pd.Series(["\ud800", "a"] * N, dtype=object), ["not_null"]),
    "mixed": ([1, "1", None, (1, 2)] * N, ["not_null(mostly=0.7)"]),
}  # fmt: skip


@pytest.mark.parametrize(("values", "rules"), COLUMNS.values(), ids=COLUMNS)
def test_rules_of_a_column(values, rules):
    assert _told(values) == rules


@pytest.mark.parametrize("dtype", ["Int16", "int32[pyarrow]", "UInt64", "float32", "Float64"])
def test_numbers_of_any_dtype(dtype):
    values = pd.Series(_with(list(range(40)) * 50, None), dtype=dtype)
    high = 40 if "float" in dtype.lower() else 39
    assert _told(values) == ["not_null(mostly=0.99)", f"between(0, {high})"]


@pytest.mark.parametrize("dtype", ["str", "object", "string[python]", "string[pyarrow]"])
def test_texts_of_any_dtype(dtype):
    values = pd.Series(_with(["a", "b"] * N, None), dtype=dtype)
    assert _told(values) == ["not_null(mostly=0.99)", "in_set(['a', 'b'])"]


def test_few_rows_say_little():
    few = pd.DataFrame({"id": [3, 1, 2], "sex": ["f", "m", "f"], "age": [36, 41, 17]})
    assert [str(item) for item in few.dk.suggest() if "type" not in item.rule] == [
        "table: columns_are(['id', 'sex', 'age'])", "table: row_count_between(1)",
    ]  # fmt: skip


def test_integers_that_differ_by_chance_are_no_key():
    populations = pd.Series(_RANDOM.choice(10**9, 100, replace=False))
    assert "unique" not in _told(populations)
    assert "unique" in [
        item.rule for item in dk.suggest(populations.rename("person_id").to_frame())
    ]


def test_integers_that_refer_have_no_greatest():
    frame = pd.DataFrame({"user_id": _RANDOM.integers(10, 900, N)})
    assert [item.rule for item in frame.dk.suggest(columns="user_id")][2:] == ["between(1)"]


def test_columns_by_which_rows_are_grouped_do_not_grow():
    frame = pd.DataFrame({"year": np.arange(N) // 500, "at": _HOURS[np.arange(N) // 500]})
    assert not [item for item in frame.dk.suggest() if "increasing" in item.rule]


def test_nearly_unique_and_nearly_sorted():
    numbers = np.arange(100_000)
    numbers[50] = numbers[40]
    assert _told(numbers)[1:3] == ["unique(mostly=0.9999)", "increasing(mostly=0.9999)"]
    numbers[:200] = 5
    assert _told(numbers) == ["not_null", "increasing", "between(0, 100000)"]


def test_infinite_values_are_told_as_text():
    frame = pd.DataFrame({"x": _with(list(_RANDOM.random(N)), np.inf, -np.inf)})
    (rule,) = [item for item in frame.dk.suggest() if item.rule.startswith("between")]
    evidence = rule.meta["dkdata"]["evidence"]
    assert (evidence["min"], evidence["max"], evidence["beyond"]) == ("-inf", "inf", 2)


def test_the_evidence_is_what_was_counted():
    amounts = pd.DataFrame({"amount": _with(list(np.arange(N) % 90), 999)})
    (rule,) = [item for item in amounts.dk.suggest() if "between" in item.rule and item.columns]
    assert rule.meta["dkdata"] == {
        "evidence": {
            "values": N, "min": 0, "max": 999, "q25": 21.0, "median": 44.0, "q75": 67.0,
            "beyond": 1,
        },
        "confidence": 1.0,
        "reason": "Beyond these bounds: 1 of 2,000 values, far from all others.",
    }  # fmt: skip
