from __future__ import annotations

import datetime as dt

import duckdb
import pandas as pd
import pytest

from dkdata.errors import UsageError
from dkdata.validation import expect, validate

TEXTS = ["abc", "ABC", "a", "", "a%c", "a_c", "a\nb", "abc\n", "a.c", "ab\\c", "äöü", None]
TIMES = pd.to_datetime(["2024-01-01", "2024-06-01", None])


def _likes(pattern, escape):
    """Return the texts that DuckDB finds like a pattern."""
    ending = "" if escape is None else f" escape '{escape}'"
    query = f"select t from (select unnest($1) as t) where t like $2{ending}"
    return [row[0] for row in duckdb.connect().execute(query, [TEXTS, pattern]).fetchall()]


@pytest.mark.parametrize(("pattern", "escape"), [
    ("abc", None), ("a%", None), ("%c", None), ("a_c", None), ("", None), ("%", None), ("_", None),
    ("a.c", None), ("a!%c", "!"), ("a!_c", "!"), ("a%b", None), ("___", None), ("%\n", None),
    ("(", None), ("ab\\c", None),
])  # fmt: skip
def test_like_is_that_of_sql(pattern, escape):
    frame = pd.DataFrame({"t": TEXTS})
    valid = validate(frame, expect("t").like(pattern, escape=escape).not_null()).valid()["t"]
    assert _likes(pattern, escape) == valid.tolist()
    invalid = validate(frame, expect("t").not_like(pattern, escape=escape)).invalid()["t"]
    assert _likes(pattern, escape) == invalid.tolist()


def test_several_patterns():
    frame = pd.DataFrame({"t": ["ab", "a", "b", "c"]})
    rules = {
        "any": expect("t").like_any(["a%", "%b"]),
        "all": expect("t").like_all(["a%", "%b"]),
        "none": expect("t").not_like_any(["a%", "%b"]),
    }
    valid = {name: validate(frame, rule).valid()["t"].tolist() for name, rule in rules.items()}
    assert valid == {"any": ["ab", "a", "b"], "all": ["ab"], "none": ["c"]}


def test_a_result_tells_what_was_asked():
    result = validate(pd.DataFrame({"t": ["a"]}), expect("t").like("b%"))
    configuration = result.to_dict()["results"][0]["expectation_config"]
    assert configuration["type"] == "expect_column_values_to_match_like_pattern"
    assert configuration["kwargs"]["like_pattern"] == "b%"
    assert "regex" not in configuration["kwargs"]


@pytest.mark.parametrize("low", [
    "2024-03-01", dt.date(2024, 3, 1), dt.datetime(2024, 3, 1), pd.Timestamp("2024-03-01"),  # noqa: DTZ001
])  # fmt: skip
@pytest.mark.parametrize("times", [
    TIMES, TIMES.as_unit("ns"), TIMES.tz_localize("Europe/Berlin"),
    pd.Series(TIMES).astype("timestamp[us][pyarrow]"),
    pd.Series(TIMES.tz_localize("UTC")).astype("timestamp[us, UTC][pyarrow]"),
])  # fmt: skip
def test_times_are_compared_with_text_and_dates(times, low):
    frame = pd.DataFrame({"t": times})
    assert validate(frame, expect("t").between(low)).invalid().index.tolist() == [0]
    assert validate(frame, expect("t").max(low).min(None, low))


@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_sets_of_times_written_as_text(zone):
    frame = pd.DataFrame({"t": TIMES.tz_localize(zone)})
    assert validate(frame, expect("t").in_set(["2024-01-01"])).invalid().index.tolist() == [1]
    assert validate(frame, expect("t").not_in_set(["2024-01-01"])).invalid().index.tolist() == [0]
    both = ["2024-01-01", "2024-06-01T00:00:00"]
    assert validate(frame, expect("t").distinct_equals(both).distinct_in(both))


def test_a_suite_of_times_means_the_same_after_json(tmp_path):
    rule = expect("t").between(pd.Timestamp("2024-03-01")).in_set(list(TIMES[:1]))
    rule.dump(tmp_path / "s.json")
    frame = pd.DataFrame({"t": TIMES})
    told = [
        validate(frame, suite).invalid().index.tolist() for suite in (rule, tmp_path / "s.json")
    ]
    assert told == [[0, 1], [0, 1]]


@pytest.mark.parametrize(("zone", "low", "high"), [
    (None, "2024-5-01", "2024-10-01"), (None, "May 1, 2024", "Aug 1, 2024"),
    ("UTC", "2024-06-01T05:00+09:00", "2024-06-01T01:00+00:00"),
    ("Europe/Berlin", "2024-5-31T23:00", "2024-06-01 01:00"),
])  # fmt: skip
@pytest.mark.parametrize("engine", ["auto", "gx"])
def test_bounds_that_are_texts_are_in_order_as_times(zone, low, high, engine):
    frame = pd.DataFrame({"t": TIMES.tz_localize(zone)})
    result = validate(frame, expect("t").between(low, high), engine=engine)
    assert result.invalid().index.tolist() == [0]


@pytest.mark.parametrize("low", ["2024-03-31T02:30", "2024-10-27T02:30"])
def test_a_time_at_which_the_clock_is_changed_is_refused(low):
    frame = pd.DataFrame({"t": TIMES.tz_localize("Europe/Berlin")})
    message = rf"^suite 't', expectation 1 .*: '{low}' is not one time in Europe/Berlin"
    with pytest.raises(UsageError, match=message):
        validate(frame, expect("t").between(low))
    assert validate(frame, expect("t").between(f"{low}+01:00")).counts() == {
        f"t: between('{low}+01:00')": 1 + ("10-27" in low)
    }


def test_bounds_that_are_texts_of_numbers():
    frame = pd.DataFrame({"n": [1, 7, 20]})
    assert validate(frame, expect("n").between("5", "10")).invalid()["n"].tolist() == [1, 20]


def test_text_that_is_no_time_is_refused():
    with pytest.raises(UsageError, match="min_value='soon' is neither a number nor a time"):
        validate(pd.DataFrame({"t": TIMES}), expect("t").between("soon"))
