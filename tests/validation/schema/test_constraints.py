from __future__ import annotations

import copy
import datetime as dt
import enum
import json
import pickle
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata.errors import ExpectationNotFoundError, UsageError
from dkdata.validation.constraints.constraint import AllOf, AnyOf, Not, OfType
from dkdata.validation.constraints.reading import constraint_from_json, constraint_to_json
from dkdata.validation.constraints.registry import function_of

NULL = "is no value to compare with. Null meets every constraint but Required."
LENGTH = "is no length. Give a whole number from 0."
BERLIN = dt.datetime(2024, 7, 1, tzinfo=ZoneInfo("Europe/Berlin"))


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(("constraint", "text"), [
    (dk.Required(), "Required()"),
    (dk.Unique(), "Unique()"),
    (dk.Unique(unique_in="memory.people"), "Unique(unique_in='memory.people')"),
    (dk.Length(2), "Length(2, 2)"),
    (dk.Pattern("a+"), "Pattern('a+')"),
    (dk.Pattern("a+", search=True), "Pattern('a+', search=True)"),
    (dk.Enum(("a", 1)), "Enum(['a', 1])"),
    (dk.Custom("even"), "Custom('even')"),
    (OfType(pa.int32()), "OfType('int32')"),
    (~dk.Unique(), "~Unique()"),
    (~(dk.Unique() | dk.Required()), "~(Unique() | Required())"),
    (dk.Unique() & (dk.Required() | dk.Custom("x")), "Unique() & (Required() | Custom('x'))"),
    (dk.MinValue(1) & dk.MaxValue(2) | dk.Enum([9]), "MinValue(1) & MaxValue(2) | Enum([9])"),
])  # fmt: skip
def test_constraints_read_as_they_are_written(constraint, text):
    assert repr(constraint) == text


def test_constraints_combine_flat():
    a, b, c = dk.MinValue(1), dk.MaxValue(2), dk.Unique()
    assert (a & b) & c == a & (b & c) == AllOf((a, b, c))
    assert a | b | c == AnyOf((a, b, c))
    assert ~~a == Not(Not(a))


@pytest.mark.parametrize("constraint", [
    dk.Range(Decimal("0.10"), 5), dk.Range(dt.date(2024, 1, 1), dt.date(2025, 1, 1)),
    dk.MinValue(dt.timedelta(days=1)), dk.MaxValue(dt.time(12)), dk.MinValue(BERLIN),
    dk.MinValue(pd.Timestamp("2024-01-01 00:00:00.000000001")), dk.MinValue(float("-inf")),
    dk.Enum([1, True, "1", b"1", 1.5, [1, {"a": 2}], dt.date(2024, 1, 1)]),
    ~dk.Custom("even") | dk.Pattern("é\n", search=True) & dk.Length(1, 3),
    OfType(pa.timestamp("ms", "Europe/Berlin")), OfType("json"),
])  # fmt: skip
def test_constraints_are_written_as_json_and_read_again(constraint):
    again = constraint_from_json(json.loads(json.dumps(constraint_to_json(constraint))))
    assert again == constraint
    assert repr(again) == repr(constraint)
    assert pickle.loads(pickle.dumps(constraint)) == copy.deepcopy(constraint) == constraint  # noqa: S301


def test_scalars_of_numpy_and_members_of_enumerations_become_plain():
    assert repr(dk.MinValue(np.int8(3))) == "MinValue(3)"
    assert repr(dk.Length(np.int64(2), 3)) == "Length(2, 3)"
    assert dk.MinValue(np.datetime64("2024-01-01", "us")) == dk.MinValue(pd.Timestamp("2024-01-01"))
    assert dk.Enum(Colour) == dk.Enum(["red"])
    assert dk.Enum({"b", "a"}) == dk.Enum(np.array(["a", "b"])) == dk.Enum(pd.Series(["a", "b"]))
    assert dk.MinValue(BERLIN) == dk.MinValue(pd.Timestamp(BERLIN))


@pytest.mark.parametrize(("make", "message"), [
    (lambda: dk.Range(3, 1), "Range(3, 1): min is greater than max. Swap them."),
    (lambda: dk.Range(3, "a"), ("Range(3, 'a'): min and max cannot be compared: '>' not supported"
     " between instances of 'int' and 'str'.")),
    (lambda: dk.Range(None, 1), f"Range: min: None {NULL}"),
    (lambda: dk.MaxValue(float("nan")), f"MaxValue: max: nan {NULL}"),
    (lambda: dk.MaxValue(Decimal("sNaN")), f"MaxValue: max: Decimal('sNaN') {NULL}"),
    (lambda: dk.MinValue(pd.NaT), f"MinValue: min: NaT {NULL}"),
    (lambda: dk.MinValue(True), "MinValue: min=True has no order. Enum lists values."),
    (lambda: dk.MinValue([1]), "MinValue: min=[1] has no order. Enum lists values."),
    (lambda: dk.MinValue(object), ("MinValue: min: <class 'object'> cannot be written as JSON: a"
     " value of type type has no exact form in JSON. Give text, numbers, true or false, dates,"
     " times, decimals, bytes, or lists of them.")),
    (lambda: dk.MinLength(-1), f"MinLength: min=-1 {LENGTH}"),
    (lambda: dk.Length(1.5), f"Length: min=1.5 {LENGTH}"),
    (lambda: dk.Length(2, None), f"Length: max=None {LENGTH}"),
    (lambda: dk.Length(5, 2), "Length(5, 2): min is greater than max. Swap them."),
    (lambda: dk.Pattern("a(b"), ("Pattern: 'a(b' is no regular expression: missing ), unterminated"
     " subpattern, at position 1 ('(b').")),
    (lambda: dk.Pattern(r"\p{L}"), (r"Pattern: '\\p{L}' is no regular expression: bad escape \p, at"
     r" position 0 ('\\p{L}').")),
    (lambda: dk.Pattern(1), "Pattern: 1 is not a regular expression as text."),
    (lambda: dk.Enum("abc"), "Enum: 'abc' is not a list of values. Give Enum(['a', 'b'])."),
    (lambda: dk.Enum([]), "Enum: no value is allowed by an empty list. Give one or more."),
    (lambda: dk.Enum([None]), f"Enum: None {NULL}"),
    (lambda: dk.Unique(unique_in=3), "Unique: unique_in=3 is not the name of a table."),
    (lambda: dk.Custom(""), "Custom: '' is not a name. Give Custom('even', function)."),
    (lambda: dk.Custom("x", 3), "Custom('x'): 3 is no function."),
    (lambda: OfType("int"), ("type='int' is not the type of a field. Did you mean 'integer'? There"
     " are: string, integer, float, boolean, datetime, date, time, duration, decimal, binary, json,"
     " list, any, and the types of Arrow, such as pyarrow.int32().")),
    (lambda: dk.Required() & 3, "Required() & 3: the second is no constraint."),
    (lambda: dk.Required() | dk.Range, ("Required() | <class"
     " 'dkdata.validation.constraints.constraint.Range'>: the second is no constraint.")),
    (lambda: dk.Required() and dk.Unique(), ("Required() is neither true nor false. Combine"
     " constraints with & | ~.")),
])  # fmt: skip
def test_constraints_that_cannot_be(make, message):
    with pytest.raises(UsageError) as caught:
        make()
    assert str(caught.value) == message


FORM = " is not the JSON of a constraint. It looks like {'rule': 'Range', 'min': 0, 'max': 10}."


@pytest.mark.parametrize(("given", "message"), [
    ({"rule": "Rnage"}, ("'Rnage' is not a constraint. Did you mean 'Range'? There are: Required,"
     " Unique, MinValue, MaxValue, Range, MinLength, MaxLength, Length, Pattern, Enum, Custom,"
     " AllOf, AnyOf, Not, OfType.")),
    ({"rule": "Range", "min": 0}, "Range needs 'max'."),
    ({"rule": "Range", "mix": 0, "max": 1}, ("Range has no argument 'mix'. Did you mean 'min'?"
     " There are: min, max.")),
    ({"rule": "MinValue", "min": {"$date": "x"}}, ("MinValue: {'min': {'$date': 'x'}} holds a value"
     " that cannot be read: ValueError(\"Invalid isoformat string: 'x'\").")),
    ({"rule": "Range", "min": 2, "max": 1}, "Range(2, 1): min is greater than max. Swap them."),
    ({"rule": "AllOf", "of": [{"rule": "Unique"}, 3]}, f"3{FORM}"),
    ({"rule": "AnyOf", "of": []}, f"{{'rule': 'AnyOf', 'of': []}}{FORM}"),
    ({"rule": "Not"}, f"{{'rule': 'Not'}}{FORM}"),
    (None, f"None{FORM}"),
])  # fmt: skip
def test_json_that_is_no_constraint(given, message):
    with pytest.raises(UsageError) as caught:
        constraint_from_json(given)
    assert str(caught.value) == message


def test_functions_are_found_by_name_and_the_last_one_counts():
    dk.Custom("a name of mine", len)
    constraint = dk.Custom("a name of mine", bool)
    assert constraint == dk.Custom("a name of mine")
    assert function_of("a name of mine") is bool


def test_a_function_that_is_not_registered():
    dk.Custom("evenly", len)
    with pytest.raises(ExpectationNotFoundError) as caught:
        function_of("evenli")
    assert str(caught.value).startswith(
        "no function of a custom constraint is registered as 'evenli'. Did you mean 'evenly'?"
    )
    assert str(caught.value).endswith(
        "Register it before it is used: dk.Custom('evenli', function)."
    )
