"""What a whole column becomes is what a plain reference, one value at a time, says of each."""

from __future__ import annotations

import datetime as dt
import math
import re
from fractions import Fraction

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dkdata as dk
from tests.validation.coercion.single import No, column_of, outcomes, plain

_NUMBER = re.compile(r"([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d{1,9}))?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d|\d{8})(?:[Tt ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?"
    r"(?: ?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?))?)?",
    re.ASCII,
)
REFUSED = object()


def number(text):
    """Return the number that a text writes, as a fraction."""
    text = text.strip()
    if based := re.fullmatch(r"([+-]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)", text):
        return Fraction(int(based[1] + based[2], 0))
    found = _NUMBER.fullmatch(text)
    if not found:
        return REFUSED
    sign, whole, fraction, only, exponent = found.groups()
    digits = (whole or "") + (fraction or "") + (only or "")
    places = len(fraction or "") + len(only or "")
    power = int(exponent or 0) - places
    if abs(power) > 5000:
        return REFUSED if int(digits) else Fraction(0)
    return Fraction(int(digits) * (-1 if sign == "-" else 1)) * Fraction(10) ** power


def integer(text):
    value = number(text)
    if value is REFUSED or value.denominator > 1 or not -(2**63) <= value < 2**63:
        return REFUSED
    return int(value)


def floating(text):
    if text.strip().lower().lstrip("+-") in ("inf", "infinity", "nan") and not re.match(
        r"\s*[+-]{2}", text
    ):
        value = float(text)
        return None if math.isnan(value) else value
    value = number(text)
    if value is REFUSED:
        return REFUSED
    try:
        nearest = value.numerator / value.denominator
    except OverflowError:
        return REFUSED
    return REFUSED if nearest == 0 and value else nearest


def boolean(text):
    word = text.strip().lower()
    if word in ("true", "yes", "y", "t", "on", "1"):
        return True
    return False if word in ("false", "no", "n", "f", "off", "0") else REFUSED


def date(text):
    """Return the day of a time that is a midnight without a zone."""
    value = moment(text)
    if value is REFUSED or value.tzinfo is not None or value.time() != dt.time.min:
        return REFUSED
    return value.date()


def moment(text):
    """Return a time without zone, or the instant in UTC."""
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        return REFUSED
    day, hour, minute, second, fraction, zulu, sign, east, further = found.groups()
    micros = Fraction(int(fraction or 0) * 10**6, 10 ** len(fraction or ""))
    try:
        clock = dt.time(int(hour or 0), int(minute or 0), int(second or 0))
        made = dt.datetime.combine(dt.date.fromisoformat(day), clock)
        if micros.denominator > 1:
            return REFUSED
        made += dt.timedelta(microseconds=int(micros))
        if sign and (int(east) > 23 or int(further or 0) > 59):
            return REFUSED
        if zulu or sign:
            offset = dt.timedelta(hours=int(east or 0), minutes=int(further or 0))
            made = (made - (-offset if sign == "-" else offset)).replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        return REFUSED
    return made


DIGITS = st.text("0123456789", min_size=1, max_size=20)
NUMBERS = st.one_of(
    st.integers().map(str), st.integers(-(2**64), 2**64).map(str), st.floats().map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.integers(0).map(hex), st.integers(0).map(oct), st.integers(0).map(bin),
    st.from_regex(r"\A[ \t]?[+-]?[0-9]{0,20}\.?[0-9]{0,3}(e[+-]?[0-9]{1,3})?[ \n]?\Z"),
    st.sampled_from(["inf", "-Infinity", "NaN", "+nan", "--inf", "1_0", "0x", "٣", "1e400", "0e9",
                     "1e-400", "-0.0", "", " ", "1e22", "9007199254740993", "0.1e1", "5e-324"]),
)  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(["true", "False", "YES", "no", "Y", "n", "t", "F", "on", "off", "1", "0",
                     " on ", "2", "1.0", "", "ja", "tru\u0435"]),
    st.text(max_size=3),
)  # fmt: skip


@st.composite
def moments(draw):
    """Draw texts that are times, and texts that are nearly."""
    if draw(st.booleans()):
        near = st.datetimes(dt.datetime(1690, 1, 1), dt.datetime(2210, 1, 1))  # noqa: DTZ001
        day = draw(st.datetimes() | near).isoformat(sep=draw(st.sampled_from("T ")))
    else:
        numbers = [draw(st.integers(0, most)) for most in (9999, 13, 32, 25, 61, 61)]
        form = draw(st.sampled_from([
            "{:04}-{:02}-{:02}", "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            "{:04}{:02}{:02}T{:02}{:02}", "{:04}-{:02}-{:02} {:02}:{:02}",
            "{:04}-{:02}-{:02}T{:02}", "{:04}/{:02}/{:02}",
        ]))  # fmt: skip
        day = form.format(*numbers)
    fraction = draw(st.sampled_from(["", ".5", ".123456", ",1234567", ".123456000", "."]))
    zone = draw(st.sampled_from(["", "", "Z", "z", "+02:00", "-0530", "+14", " +00:00", "+24:00"]))
    return day + fraction + zone


CASES = {
    "integer": (NUMBERS, integer), "float": (NUMBERS, floating), "boolean": (WORDS, boolean),
    "date": (moments(), date), "datetime": (moments(), moment),
}  # fmt: skip


def _reference(texts, wanted):
    found = [CASES[wanted][1](text) for text in texts]
    if wanted != "datetime":
        return found
    aware = [isinstance(one, dt.datetime) and one.tzinfo is not None for one in found]
    naive = [isinstance(one, dt.datetime) and one.tzinfo is None for one in found]
    lost = naive if sum(aware) >= sum(naive) else aware
    return [REFUSED if is_lost else one for one, is_lost in zip(found, lost, strict=True)]


def _comparable(value):
    if isinstance(value, No):
        return REFUSED
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC)
    return value


def _check(texts, wanted):
    found = [_comparable(value) for value in outcomes(texts, wanted)]
    expected = _reference(texts, wanted)
    assert expected == found
    assert list(map(type, expected)) == list(map(type, found))


@pytest.mark.parametrize("wanted", CASES)
@given(data=st.data())
def test_drawn_columns_of_text(wanted, data):
    strategy = CASES[wanted][0] | st.text(max_size=4)
    texts = data.draw(st.lists(strategy, max_size=30))
    _check(texts, wanted)


@pytest.mark.parametrize("wanted", CASES)
@given(data=st.data())
def test_objects_become_what_their_column_of_text_does(wanted, data):
    as_text = column_of(data.draw(st.lists(CASES[wanted][0], max_size=20)))
    for dtype in (object, "category", pd.ArrowDtype(pa.string())):
        made = dk.coerce(as_text.astype(dtype), {"x": wanted})
        same = dk.coerce(as_text, {"x": wanted})
        pd.testing.assert_frame_equal(made.frame, same.frame)
        assert made.failures["reason"].tolist() == same.failures["reason"].tolist()


@given(numbers=st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-300, 300))))
@pytest.mark.parametrize(
    "wanted", ["float", "string", "integer", pa.int8(), pa.uint64(), pa.float32()]
)
def test_drawn_integers(wanted, numbers):
    typed = dk.coerce(pd.DataFrame({"x": pd.Series(numbers, dtype="int64")}), {"x": wanted})
    objects = dk.coerce(pd.DataFrame({"x": pd.Series(numbers, dtype=object)}), {"x": wanted})
    pd.testing.assert_frame_equal(typed.frame, objects.frame)
    assert typed.failures["reason"].tolist() == objects.failures["reason"].tolist()


@given(numbers=st.lists(st.one_of(st.floats(), st.integers(-300, 300).map(float))))
@pytest.mark.parametrize(
    "wanted", ["float", "string", "integer", pa.int8(), pa.uint64(), pa.float32()]
)
def test_drawn_floats(wanted, numbers):
    typed = dk.coerce(pd.DataFrame({"x": pd.Series(numbers, dtype="float64")}), {"x": wanted})
    objects = dk.coerce(pd.DataFrame({"x": pd.Series(numbers, dtype=object)}), {"x": wanted})
    assert list(map(plain, typed.frame["x"])) == list(map(plain, objects.frame["x"]))
    assert typed.failures["reason"].tolist() == objects.failures["reason"].tolist()


@given(
    counts=st.lists(st.integers(-(2**63) + 1, 2**63 - 1)),
    unit=st.sampled_from(["s", "ms", "us", "ns"]),
)
def test_drawn_counts_from_1970(counts, unit):
    typed = dk.coerce(
        pd.DataFrame({"x": pd.Series(counts, dtype="int64")}), {"x": "datetime"}, epoch=unit
    )
    objects = dk.coerce(
        pd.DataFrame({"x": pd.Series(counts, dtype=object)}), {"x": "datetime"}, epoch=unit
    )
    pd.testing.assert_frame_equal(typed.frame, objects.frame)
    assert typed.failures["reason"].tolist() == objects.failures["reason"].tolist()


@given(times=st.lists(st.datetimes() | st.none()), unit=st.sampled_from(["us", "ns", "ms", "s"]))
def test_drawn_times_of_other_units(times, unit):
    wanted = pa.timestamp(unit)
    typed = dk.coerce(pd.DataFrame({"x": pd.Series(times, dtype="datetime64[us]")}), {"x": wanted})
    objects = dk.coerce(pd.DataFrame({"x": pd.Series(times, dtype=object)}), {"x": wanted})
    texts = pd.Series([one and one.isoformat() for one in times], dtype="str")
    written = dk.coerce(pd.DataFrame({"x": texts}), {"x": wanted})
    for other in (objects, written):
        pd.testing.assert_frame_equal(typed.frame, other.frame)
        assert typed.failures["reason"].tolist() == other.failures["reason"].tolist()


@given(times=st.lists(st.datetimes(), min_size=1), zone=st.sampled_from(["", "Z", "+02:00"]))
def test_drawn_times_with_the_day_first(times, zone):
    texts = [f"{t.day:02}/{t.month:02}/{t.year:04} {t.time().isoformat()}{zone}" for t in times]
    shorter = [f"{t.day}/{t.month}/{t.year:04} {t.time().isoformat()}{zone}" for t in times]
    usual = [f"{t.isoformat()}{zone}" for t in times]
    wanted = outcomes(usual, "datetime")
    assert wanted == outcomes(texts, "datetime", day_first=True)
    assert wanted == outcomes(shorter, "datetime", day_first=True)


@given(numbers=st.lists(st.integers(-(2**65), 2**65)), mark=st.sampled_from(",.' \u00a0\u202f"))
@pytest.mark.parametrize("wanted", ["integer", "float", "decimal"])
def test_drawn_numbers_with_marks(wanted, numbers, mark):
    options = {"thousands": mark, "decimal": "," if mark == "." else "."}
    marked = outcomes([f"{n:,}".replace(",", mark) for n in numbers], wanted, **options)
    plainly = outcomes([str(n) for n in numbers], wanted)
    assert [isinstance(one, No) for one in plainly] == [isinstance(one, No) for one in marked]
    assert [one for one in plainly if not isinstance(one, No)] == [
        one for one in marked if not isinstance(one, No)
    ]
