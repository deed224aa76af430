from __future__ import annotations

import datetime as dt
import zoneinfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from tests.validation.coercion.single import No, named, outcome, outcomes

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
NO_MOMENT = No("not an ISO 8601 date or time")
NO_DAY = No("no such day")
NO_TIME = No("no such time of day: they end with 23:59:59")
UNTOLD = No("not an ISO 8601 date or time; day_first= or format= say how to read it")


def at(*parts, zone=None):
    return dt.datetime(*parts, tzinfo=zone)


def east(hours):
    return dt.timezone(dt.timedelta(hours=hours))


DATETIMES = [
    ("2024-01-02", at(2024, 1, 2)), ("2024-01-02T03:04", at(2024, 1, 2, 3, 4)),
    ("2024-01-02 03:04:05", at(2024, 1, 2, 3, 4, 5)), ("2024-01-02t03", at(2024, 1, 2, 3)),
    ("2024-01-02T03:04:05.5", at(2024, 1, 2, 3, 4, 5, 500000)),
    ("2024-01-02T03:04:05,000001", at(2024, 1, 2, 3, 4, 5, 1)),
    ("2024-01-02T03:04:05.123456000", at(2024, 1, 2, 3, 4, 5, 123456)),
    ("20240102T030405", at(2024, 1, 2, 3, 4, 5)), ("20240102", at(2024, 1, 2)),
    (" 2024-01-02\n", at(2024, 1, 2)), ("2024-02-29", at(2024, 2, 29)),
    ("1600-02-29T00:00", at(1600, 2, 29)), ("0001-01-01", at(1, 1, 1)),
    ("9999-12-31T23:59:59.999999", at(9999, 12, 31, 23, 59, 59, 999999)),
    ("1066-10-14", at(1066, 10, 14)),
    ("1969-12-31T23:59:59.999999", at(1969, 12, 31, 23, 59, 59, 999999)),
    (dt.date(2024, 1, 2), at(2024, 1, 2)), (at(2024, 1, 2, 3), at(2024, 1, 2, 3)),
    (np.datetime64("2024-01-02T03"), at(2024, 1, 2, 3)),
    (pd.Timestamp("2024-01-02T03"), at(2024, 1, 2, 3)),
    ("2023-02-29", NO_DAY), ("2024-02-30", NO_DAY), ("2024-04-31T00:00", NO_DAY),
    ("2024-13-01", NO_DAY), ("2024-00-01", NO_DAY), ("2024-01-00", NO_DAY), ("0000-01-01", NO_DAY),
    ("2024-01-02T24:00", NO_TIME), ("2024-01-02T23:60", NO_TIME), ("2016-12-31T23:59:60Z", NO_TIME),
    ("2024-01-02T03:04:05.1234567", No("finer than microseconds")),
    ("2024-01-02T03:04:05.12345678901", No("finer than nanoseconds")),
    (pd.Timestamp("2024-01-02T00:00:00.000000001"), No("finer than microseconds")),
    ("31/12/2024", UNTOLD), ("1.2.2024", UNTOLD), ("01-02-2024", UNTOLD), ("", No("empty text")),
    *((text, NO_MOMENT) for text in (
        "2024", "2024-1-2", "2024-01", "2024-W01-1", "2024-001", "12024-01-01", "-2024-01-01",
        "2024-01-02Z", "2024-01-02T", "2024-01-02T3:04", "2024-01-02T03:4", "2024/01/02", "now",
        "2024-01-02T03:04:05.", "2024-01-02T03:04+1", "\uff12\uff10\uff12\uff14-01-02",
        "Jan 2 2024", "1/2/24", "\ud800", "2024-0102", "1704164645")),
    ("2024-01-02T03:04+24:00", No("no such zone")), ("2024-01-02T03:04+01:60", No("no such zone")),
    (1704164645, No("a number; epoch= says in which unit it counts from 1970")),
    (1.5, No("a number; epoch= says in which unit it counts from 1970")),
    (True, No("neither a date nor a time")), (b"2024-01-02", No("neither a date nor a time")),
    (dt.time(1), No("neither a date nor a time")), ([2024], No("neither a date nor a time")),
]  # fmt: skip
AWARE = [
    ("2024-01-02T03:04:05Z", at(2024, 1, 2, 3, 4, 5, zone=dt.UTC)),
    ("2024-01-02 03:04z", at(2024, 1, 2, 3, 4, zone=dt.UTC)),
    ("2024-01-02T03:04+00:00", at(2024, 1, 2, 3, 4, zone=dt.UTC)),
    ("2024-01-02T03:04-00:00", at(2024, 1, 2, 3, 4, zone=dt.UTC)),
    ("2024-01-02T03:04:05.5+02:00", at(2024, 1, 2, 3, 4, 5, 500000, zone=east(2))),
    ("2024-01-02T03:04-0530", at(2024, 1, 2, 3, 4, zone=east(-5.5))),
    ("2024-01-02T03:04:05 +02", at(2024, 1, 2, 3, 4, 5, zone=east(2))),
    ("20240102T0304+2359", at(2024, 1, 2, 3, 4, zone=dt.timezone(dt.timedelta(minutes=1439)))),
    ("0001-01-01T00:00+01:00", No("not within the years 1 to 9999")),
    ("9999-12-31T23:59-01:00", No("not within the years 1 to 9999")),
    (at(2024, 7, 2, 3, zone=BERLIN), at(2024, 7, 2, 3, zone=east(2))),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), DATETIMES + AWARE, ids=named)
def test_a_datetime(given, wanted):
    found = outcome(given, "datetime")
    assert wanted == found
    assert getattr(wanted, "tzinfo", None) == getattr(found, "tzinfo", None)


@pytest.mark.parametrize("only_text", [True, False])
def test_a_column_gives_what_each_value_gives(only_text):
    rows = [row for row in DATETIMES if row[0] != "\ud800"]
    rows = [row for row in rows if not only_text or isinstance(row[0], str)] * 3
    assert [row[1] for row in rows] == outcomes([row[0] for row in rows], "datetime")
    texts = [row for row in AWARE if not only_text or isinstance(row[0], str)] * 3
    assert [row[1] for row in texts] == outcomes([row[0] for row in texts], "datetime")


ZONES = [
    (["2024-01-02", "2024-01-03T10:00"], "datetime64[us]"),
    (["2024-01-02T10:00Z", "2024-01-03T10:00+00:00"], "datetime64[us, UTC]"),
    (["2024-01-02T10:00+02:00", "2024-01-03T10:00+0200"], "datetime64[us, UTC+02:00]"),
    (["2024-01-02T10:00+02:00", "2024-01-03T10:00Z"], "datetime64[us, UTC]"),
    (["2024-01-02T10:00-03:00", "1066-01-03T10:00-03"], "datetime64[us, UTC-03:00]"),
    ([at(2024, 7, 1, zone=BERLIN), at(2024, 1, 1, zone=BERLIN)], "datetime64[us, UTC]"),
    (["x"], "datetime64[us]"), ([None], "datetime64[us]"), ([], "datetime64[us]"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "dtype"), ZONES, ids=named)
def test_the_zone_of_a_column(values, dtype):
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object)})
    assert str(dk.coerce(frame, {"x": "datetime"}).frame["x"].dtype) == dtype


@pytest.mark.parametrize("values", [
    pd.Series(pd.to_datetime(["2024-07-01", None]).as_unit("us").tz_localize("Europe/Berlin")),
    pd.Series(pd.to_datetime(["2024-07-01", None]).as_unit("ns").tz_localize("Europe/Berlin")),
    pd.Series(pa.array([1719784800, None], pa.timestamp("s", "Europe/Berlin")),
              dtype=pd.ArrowDtype(pa.timestamp("s", "Europe/Berlin"))),
], ids=lambda values: str(values.dtype))  # fmt: skip
def test_a_column_that_has_a_zone_keeps_it(values):
    made = dk.coerce(values.to_frame("x"), {"x": "datetime"}).frame["x"]
    assert str(made.dtype) == "datetime64[us, Europe/Berlin]"
    assert made[0] == pd.Timestamp("2024-07-01", tz="Europe/Berlin")
    assert made[1] is pd.NaT


def test_times_with_and_without_zone_do_not_mix():
    fewer = No("names no zone, unlike the column's other times")
    assert outcomes(["2024-01-02", "2024-01-02T10:00Z"], "datetime")[0] == fewer
    naive = outcomes(["2024-01-02", "2024-01-02T10:00Z", "2024-01-03", None, "x"], "datetime")
    assert naive == [
        at(2024, 1, 2), No("names a zone, unlike the column's other times"), at(2024, 1, 3), None,
        NO_MOMENT,
    ]  # fmt: skip


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_units_of_datetimes(unit):
    times = pd.Series(pd.to_datetime(["2024-01-02T03:04:05", None])).dt.as_unit(unit)
    made = dk.coerce(times.to_frame("x"), {"x": "datetime"})
    assert made
    assert str(made.frame["x"].dtype) == "datetime64[us]"
    assert made.frame["x"][0] == times[0]


def test_digits_beyond_the_unit_are_a_failure():
    times = pd.Series(pd.to_datetime([1_001, 1_000], unit="ns"))
    made = dk.coerce(times.to_frame("x"), {"x": "datetime"})
    assert made.failures["reason"].tolist() == ["finer than microseconds"]
    assert made.failures["value"].tolist() == [pd.Timestamp(1_001)]
    far = pd.Series(np.array(["290000-01-01", "2024-01-01"], "datetime64[s]"))
    made = dk.coerce(far.to_frame("x"), {"x": pa.timestamp("ns")})
    assert made.failures["row"].tolist() == [0]
    made = dk.coerce(far.to_frame("x"), {"x": "string"})
    assert made.frame["x"].isna().tolist() == [True, False]


DAY_FIRST = [
    ("31/12/2024", at(2024, 12, 31)), ("3/4/2024", at(2024, 4, 3)), ("03.04.2024", at(2024, 4, 3)),
    ("3-4-2024 10:30", at(2024, 4, 3, 10, 30)),
    ("29-02-2024T01:02:03.5", at(2024, 2, 29, 1, 2, 3, 500000)),
    ("2024-12-31", at(2024, 12, 31)), ("12/31/2024", NO_DAY), ("3/4-2024", NO_MOMENT),
    ("03/04.2024", NO_MOMENT), ("3/4/24", NO_MOMENT), ("31/04/2024", NO_DAY),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), DAY_FIRST, ids=named)
def test_day_first_where_it_is_told(given, wanted):
    assert wanted == outcome(given, "datetime", day_first=True)


def test_a_format_is_the_only_one():
    texts = ["2 Jan 2024", "2024-01-02", "31 Feb 2024"]
    other = No("not in the format '%d %b %Y'")
    assert outcomes(texts, "datetime", format="%d %b %Y") == [at(2024, 1, 2), other, other]
    assert outcomes(texts, "date", format="%d %b %Y") == [dt.date(2024, 1, 2), other, other]
    assert outcomes(["1:30 PM", "x"], "time", format="%I:%M %p") == [
        dt.time(13, 30), No("not in the format '%I:%M %p'"),
    ]  # fmt: skip
    aware = outcome("02/01/24 +0200", "datetime", format="%d/%m/%y %z")
    assert aware == at(2024, 1, 2, zone=east(2))


EPOCHS = [
    (0, "s", at(1970, 1, 1)), (1704164645, "s", at(2024, 1, 2, 3, 4, 5)),
    (1704164645123, "ms", at(2024, 1, 2, 3, 4, 5, 123000)),
    (-1, "us", at(1969, 12, 31, 23, 59, 59, 999999)),
    (1_000, "ns", at(1970, 1, 1, 0, 0, 0, 1)),
    (1.5, "s", at(1970, 1, 1, 0, 0, 1, 500000)), ("1.5", "s", at(1970, 1, 1, 0, 0, 1, 500000)),
    ("20240102", "s", at(1970, 8, 23, 6, 15, 2)), ("2024-01-02T00:00Z", "s", at(2024, 1, 2)),
    (253402300799, "s", at(9999, 12, 31, 23, 59, 59)),
    (253402300800, "s", No("not within the years 1 to 9999")),
    (1, "ns", No("finer than microseconds")), ("1e-30", "s", No("1E-30 is finer than nanoseconds")),
    ("1e30", "s", No("1E+30 is not in any time type's range")),
    ("1.00000000000000000000000000000000001", "s",
     No("1.00000000000000000000000000000000001 is finer than nanoseconds")),
    (float("inf"), "s", No("inf is not finite")), (True, "s", No("neither a date nor a time")),
]  # fmt: skip


@pytest.mark.parametrize(("given", "unit", "wanted"), EPOCHS, ids=named)
def test_numbers_count_from_1970_where_the_unit_is_told(given, unit, wanted):
    expected = wanted.replace(tzinfo=dt.UTC) if isinstance(wanted, dt.datetime) else wanted
    assert expected == outcome(given, "datetime", epoch=unit)


@pytest.mark.parametrize("dtype", ["int64", "Int64", "int64[pyarrow]", "float64"])
def test_columns_of_numbers_that_count_from_1970(dtype):
    numbers = pd.Series([0, 253402300799, 253402300800, -62135596800, -62135596801], dtype=dtype)
    made = dk.coerce(numbers.to_frame("x"), {"x": "datetime"}, epoch="s")
    assert made.failures["row"].tolist() == [2, 4]
    assert set(made.failures["reason"]) == {"not within the years 1 to 9999"}
    assert made.frame["x"][1] == pd.Timestamp("9999-12-31T23:59:59Z")


def test_nanoseconds_beyond_64_bits():
    numbers = pd.Series([2**63, 2**63 - 808], dtype="uint64")
    made = dk.coerce(numbers.to_frame("x"), {"x": "datetime"}, epoch="ns")
    assert made.failures["reason"].tolist() == ["finer than microseconds"]
    assert made.frame["x"][1] == pd.Timestamp("2262-04-11T23:47:16.854775Z")


DATES = [
    ("2024-01-02", dt.date(2024, 1, 2)), ("20240102", dt.date(2024, 1, 2)),
    ("0001-01-01", dt.date(1, 1, 1)), ("9999-12-31", dt.date(9999, 12, 31)),
    ("2024-02-29", dt.date(2024, 2, 29)), (" 2024-01-02 ", dt.date(2024, 1, 2)),
    ("2024-01-02T00:00:00", dt.date(2024, 1, 2)), (dt.date(2024, 1, 2), dt.date(2024, 1, 2)),
    (at(2024, 1, 2), dt.date(2024, 1, 2)), (np.datetime64("2024-01-02"), dt.date(2024, 1, 2)),
    ("2024-01-02T10:00", No("has a time of day")), (at(2024, 1, 2, 3), No("has a time of day")),
    ("2024-01-02T00:00Z", No("names a zone")), (at(2024, 1, 2, zone=BERLIN), No("names a zone")),
    ("2023-02-29", NO_DAY), ("2/1/2024", UNTOLD), ("x", NO_MOMENT), ("", No("empty text")),
    (19724, No("a number; dates are not counted from 1970")),
    (dt.time(1), No("neither a date nor a time")),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), DATES, ids=named)
def test_a_date(given, wanted):
    assert wanted == outcome(given, "date")


def test_a_column_of_dates():
    assert [row[1] for row in DATES] == outcomes([row[0] for row in DATES], "date")
    texts = [row for row in DATES if isinstance(row[0], str)]
    assert [row[1] for row in texts] == outcomes([row[0] for row in texts], "date")
    assert outcome("3.4.2024", "date", day_first=True) == dt.date(2024, 4, 3)


TIMES = [
    ("10:30", dt.time(10, 30)), ("10:30:05", dt.time(10, 30, 5)),
    ("00:00:00.000001", dt.time(0, 0, 0, 1)),
    ("23:59:59,5", dt.time(23, 59, 59, 500000)), (dt.time(1, 2, 3, 4), dt.time(1, 2, 3, 4)),
    ("24:00", NO_TIME), ("23:59:60", NO_TIME), ("00:00:00.0000001", No("finer than microseconds")),
    *((given, No("not a time of day"))
      for given in ("1030", "10", "1:30", "10:30Z", "10:30 PM", "T10:30", 10.5, at(2024, 1, 2),
                      True)),
    (dt.time(1, tzinfo=dt.UTC), No("names a zone")), ("", No("empty text")),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), TIMES, ids=named)
def test_a_time_of_day(given, wanted):
    assert wanted == outcome(given, "time")


SPAN = dt.timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=500000)
NO_SPAN = No("not a duration such as 'P1DT2H30M', '26:30:00' or '1 day, 2:30:00'")
DURATIONS = [
    ("P1DT2H3M4.5S", SPAN), ("-P1DT2H3M4.5S", -SPAN), ("PT26H3M4,5S", SPAN),
    ("P2W", dt.timedelta(14)),
    ("26:03:04.5", SPAN), ("-26:03:04.5", -SPAN), ("1 day, 2:03:04.500000", SPAN),
    ("1 days 02:03:04.500000", SPAN), ("-2 days +21:56:55.500000", -SPAN),
    ("0:30", dt.timedelta(minutes=30)),
    ("-1 days +23:59:59.999999", dt.timedelta(microseconds=-1)), ("PT0S", dt.timedelta()),
    (SPAN, SPAN), (pd.Timedelta(SPAN), SPAN), (np.timedelta64(5, "s"), dt.timedelta(seconds=5)),
    (pd.Timedelta(1, "ns"), No("finer than microseconds")),
    ("PT0.0000001S", No("finer than microseconds")),
    ("P" + "9" * 30 + "D", No("more microseconds than 64 bits hold")),
    *((given, NO_SPAN) for given in ("P", "PT", "P1Y", "P1M", "1:60", "5", "1h", "-", "P1DT")),
    (5, No("a number; epoch= says in which unit it counts")), (dt.time(1), No("not a duration")),
    (True, No("not a duration")), ("", No("empty text")),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), DURATIONS, ids=named)
def test_a_duration(given, wanted):
    assert wanted == outcome(given, "duration")


def test_durations_are_written_and_read():
    spans = [SPAN, -SPAN, dt.timedelta(), dt.timedelta(microseconds=-1), dt.timedelta(days=-400)]
    texts = outcomes(spans, "string")
    assert outcomes(texts, "duration") == spans
    assert outcomes([str(span) for span in spans], "duration") == spans
    assert outcomes([str(pd.Timedelta(span)) for span in spans], "duration") == spans
    assert outcomes([90, 1.5, "2"], "duration", epoch="s") == [
        dt.timedelta(seconds=90), dt.timedelta(seconds=1.5), dt.timedelta(seconds=2),
    ]  # fmt: skip


ARROW = [
    (pa.timestamp("s"), "2024-01-02T03:04:05", at(2024, 1, 2, 3, 4, 5)),
    (pa.timestamp("s"), "2024-01-02T03:04:05.5", No("finer than seconds")),
    (pa.timestamp("ms"), "2024-01-02T03:04:05.123", at(2024, 1, 2, 3, 4, 5, 123000)),
    (pa.timestamp("ms"), "2024-01-02T03:04:05.1234", No("finer than milliseconds")),
    (pa.timestamp("ns"), "2024-01-02", at(2024, 1, 2)),
    (pa.timestamp("ns"), "1066-01-02", No("more nanoseconds than 64 bits hold")),
    (pa.timestamp("us"), "2024-01-02T00:00Z", No("names a zone")),
    (pa.timestamp("us", "UTC"), "2024-01-02T00:00Z", at(2024, 1, 2, zone=dt.UTC)),
    (pa.timestamp("us", "Europe/Berlin"), "2024-07-02T00:00Z", at(2024, 7, 2, 2, zone=east(2))),
    (pa.timestamp("us", "UTC"), "2024-01-02", No("names no zone")),
    (pa.date64(), "2024-01-02", dt.date(2024, 1, 2)), (pa.date32(), "x", NO_MOMENT),
    (pa.time32("s"), "10:30:05", dt.time(10, 30, 5)),
    (pa.time32("s"), "10:30:05.5", No("finer than seconds")),
    (pa.time32("ms"), "10:30:05.5", dt.time(10, 30, 5, 500000)),
    (pa.time64("ns"), "10:30:05.5", dt.time(10, 30, 5, 500000)),
    (pa.duration("s"), "PT90S", dt.timedelta(seconds=90)),
    (pa.duration("ns"), "P106751D", dt.timedelta(days=106751)),
    (pa.duration("ns"), "P106752D", No("more nanoseconds than 64 bits hold")),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "given", "result"), ARROW, ids=named)
def test_a_time_of_an_arrow_type(wanted, given, result):
    assert result == outcome(given, wanted)
    made = dk.coerce([{"x": given}], {"x": wanted}).frame["x"]
    assert made.dtype == pd.ArrowDtype(wanted)
