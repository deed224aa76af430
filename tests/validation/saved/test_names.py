from __future__ import annotations

import pytest

from dkdata.errors import UsageError
from dkdata.validation import expect
from dkdata.validation.saved.names import split


@pytest.mark.parametrize("name", ["people", "warehouse.people", "people of Óbidos", "2", "a" * 200])
def test_what_a_name_may_be(name):
    assert expect("a").not_null().save(name).path.parent.name == name


@pytest.mark.parametrize(("name", "problem"), [
    ("", "it is empty"),
    ("suites/people", "it holds a separator of paths"),
    (r"suites\people", "it holds a separator of paths"),
    ("..", "it begins with a dot"),
    ("people@2", "'@' is what comes before a version"),
    ("people.JSON", r"a text that ends in \.json is a path"),
    ("people ", "it begins or ends with a space"),
    ("peo\nple", "it holds what cannot be printed"),
    ("peo\ud800ple", "it holds what cannot be printed"),
    ("é" * 101, "it has more than 200 bytes"),
])  # fmt: skip
def test_what_a_name_cannot_be(name, problem, tmp_path):
    message = rf"cannot be the name of a saved suite: {problem}.*\. Give another: suite\.save\('pe"
    with pytest.raises(UsageError, match=message):
        expect("a").not_null().save(name)
    assert list(tmp_path.rglob("*")) == []


def test_a_name_is_text():
    with pytest.raises(UsageError, match=r"name=7 is not the name of a suite\. Give a text"):
        expect("a").not_null().save(7)


def test_names_that_differ_in_case_only():
    expect("a").not_null().save("people")
    message = r"suite 'people' is saved already, and 'People' differs from that in case only"
    with pytest.raises(UsageError, match=message):
        expect("a").not_null().save("People")


@pytest.mark.parametrize(("text", "parts"), [
    ("people", ("people", None)), ("people@12", ("people", 12)), ("a@b@3", ("a@b", 3)),
    ("people@", ("people@", None)), ("people@new", ("people@new", None)), ("@1", ("@1", None)),
])  # fmt: skip
def test_the_name_and_the_version_in_a_text(text, parts):
    assert parts == split(text)
