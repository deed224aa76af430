from __future__ import annotations

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import UsageError

FRAME = pd.DataFrame({"age": [1, 20, 70], "name": ["Ada", "Bob", None]})


def _rule(**kwargs):
    return {"type": "expect_column_values_to_be_between", "kwargs": {"column": "age", **kwargs}}


def test_values_of_suite_parameters():
    rule = _rule(min_value={"$PARAMETER": "least"})
    result = dk.validate(FRAME, [rule], suite_parameters={"least": 18})
    assert result.counts() == {"age: between(18)": 1}
    assert result.results[0].configuration["kwargs"]["min_value"] == 18


def test_expressions_are_evaluated_by_great_expectations():
    rule = _rule(min_value={"$PARAMETER": "least * 2"})
    assert dk.validate(FRAME, [rule], suite_parameters={"least": 9}).counts() == {
        "age: between(18)": 1
    }


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (
            _rule(min_value={"$PARAMETER": "lesat"}),
            "no value for the suite parameter 'lesat'. Did you mean 'least'? There are: least.",
        ),
        (
            _rule(min_value={"$PARAMETER": "least +"}),
            "the suite parameter 'least +': ",
        ),
        (
            _rule(min_value=5, max_value=1),
            "min_value=5 is greater than max_value=1. Exchange them.",
        ),
        (
            _rule(min_value="2024-10-01", max_value="2024-9-01"),
            "min_value='2024-10-01' is greater than max_value='2024-9-01'. Exchange them.",
        ),
        (_rule(min_value=5, mostly=1.5), "mostly=1.5 is not a share from 0 to 1."),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(rule, told):
    with pytest.raises(UsageError) as caught:
        dk.validate(FRAME, dk.Suite("people", [rule]), suite_parameters={"least": 9})
    place = "suite 'people', expectation 1 (expect_column_values_to_be_between): "
    assert str(caught.value).startswith(place + told)


@pytest.mark.parametrize("method", ["matches", "not_matches", "matches_any"])
def test_an_unreadable_expression_tells_its_position(method):
    given = "a(b" if method != "matches_any" else ["a", "a(b"]
    with pytest.raises(
        UsageError,
        match=r"'a\(b' cannot be read: missing \), unterminated subpattern at position 1",
    ):
        dk.validate(FRAME, getattr(dk.expect("name"), method)(given))


def test_what_only_pandas_other_engine_reads_is_asked():
    assert dk.validate(FRAME, dk.expect("name").matches(r"^\p{Lu}"))
