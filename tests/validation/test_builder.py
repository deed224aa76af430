from __future__ import annotations

import inspect

import pytest

from dkdata.errors import UsageError
from dkdata.validation import Suite, expect, expect_columns, expect_pair, expect_table
from dkdata.validation.catalogue import ENTRIES
from dkdata.validation.suite import as_suite

BUILDERS = {
    "column": expect("a"),
    "pair": expect_pair("a", "b"),
    "columns": expect_columns(["a", "b"]),
    "table": expect_table(),
}
ARGUMENTS = {
    "between": (0, 1), "in_set": ([1],), "not_in_set": ([1],), "of_type": ("int64",),
    "of_types": (["int64"],), "length": (3,), "length_between": (1, 2), "matches": ("x",),
    "not_matches": ("x",), "matches_any": (["x"],), "not_matches_any": (["x"],), "like": ("x",),
    "not_like": ("x",), "like_any": (["x"],), "not_like_any": (["x"],), "strftime": ("%Y",),
    "json_schema": ({},), "z_score_below": (3,), "quantiles": ({0.5: (0, 1)},),
    "most_common": ([1],), "distinct_in": ([1],), "distinct_contains": ([1],),
    "distinct_equals": ([1],), "kl_divergence": ({"values": [1], "weights": [1]}, 0.1),
    "type": ("int64",), "sum_to": (3,), "row_count": (3,), "row_count_of": ("t",),
    "column_count": (3,), "columns_are": (["a"],), "columns_ordered": (["a"],),
    "no_rows": ("select 1",), "query_matches": ("select 1", "s", "select 2"),
}  # fmt: skip
VARIANTS = {"matches_all", "like_all"}


def _made(entry, **options):
    method = getattr(BUILDERS[entry.face], entry.method)
    return method(*ARGUMENTS.get(entry.method, ()), **options)[0]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.type)
def test_the_method_makes_the_expectation(entry):
    made = _made(entry)
    assert entry.type == made.type
    assert set(made.kwargs) <= set(entry.parameters)


@pytest.mark.parametrize("face", BUILDERS)
def test_every_method_is_in_the_catalogue(face):
    own = set(dir(BUILDERS[face])) - set(dir(Suite("s"))) - {"domain", "face"}
    methods = {name for name in own if not name.startswith("_")}
    assert {entry.method for entry in ENTRIES if entry.face == face} == methods - VARIANTS


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.type)
def test_every_method_takes_the_common_options(entry):
    made = _made(entry, severity="info", notes="n", description="d", meta={"a": 1})
    assert (made.severity, made.notes, made.description, made.meta) == ("info", "n", "d", {"a": 1})


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.type)
def test_methods_are_documented_and_have_signatures(entry):
    method = getattr(BUILDERS[entry.face], entry.method)
    assert (method.__doc__ or "").startswith("Expect ")
    assert entry.has_mostly == ("mostly" in inspect.signature(method).parameters)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.type)
def test_conditions_where_great_expectations_takes_them(entry):
    if entry.conditional:
        assert _made(entry, row_condition="a > 1").kwargs["row_condition"] == "a > 1"
    else:
        with pytest.raises(UsageError, match="has no parameter 'row_condition'"):
            _made(entry, row_condition="a > 1")


def test_a_builder_grows_without_changing():
    first = expect("age").not_null()
    both = first.unique()
    assert list(map(str, first)) == ["age: not_null"]
    assert list(map(str, both)) == ["age: not_null", "age: unique"]


@pytest.mark.parametrize(("closed", "strict"), [
    ("both", set()), ("left", {"strict_max"}), ("right", {"strict_min"}),
    ("neither", {"strict_min", "strict_max"}),
])  # fmt: skip
def test_the_ends_of_an_interval(closed, strict):
    kwargs = expect("a").between(0, 1, closed=closed)[0].kwargs
    assert strict == {name for name in kwargs if name.startswith("strict")}


def test_strict_ends():
    strict = expect("a").between(0, 1, strict_min=True, strict_max=True)
    assert strict == expect("a").between(0, 1, closed="neither")


def test_defaults_are_left_out():
    assert expect("a").between(0, mostly=1)[0].kwargs == {"column": "a", "min_value": 0}
    assert expect("a").unique(mostly=0.5)[0].kwargs == {"column": "a", "mostly": 0.5}


def test_quantiles():
    ranges = expect("a").quantiles({0.5: (1, 2), 0.9: (None, 9)})[0].kwargs["quantile_ranges"]
    assert ranges == {"quantiles": [0.5, 0.9], "value_ranges": [[1, 2], [None, 9]]}


def test_all_patterns():
    assert expect("a").matches_all(["x"])[0].kwargs["match_on"] == "all"
    assert expect("a").like_all(["x"])[0].kwargs["match_on"] == "all"


def test_wrong_option():
    message = r"between\(\) has no argument 'severty'\. Did you mean 'severity'\? There are: low,"
    with pytest.raises(UsageError, match=message):
        expect("a").between(0, severty="info")


def test_wrong_closed():
    with pytest.raises(UsageError, match=r"closed='lef' is not possible\. Did you mean 'left'"):
        expect("a").between(0, 1, closed="lef")


@pytest.mark.parametrize(("rule", "told"), [
    (lambda: expect("a").between(0, 1, strict_min=True, closed="both"),
     "closed='both' and strict_min=True both say which ends belong"),
    (lambda: expect("a").length_between(0, 1, strict_max=True, closed="left"),
     "closed='left' and strict_max=True both say which ends belong"),
])  # fmt: skip
def test_ends_are_said_once(rule, told):
    with pytest.raises(UsageError, match=told):
        rule()


def test_columns_must_be_several():
    with pytest.raises(UsageError, match="needs two columns or more"):
        expect_columns("a")


def test_a_rule_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(AttributeError, match=r"no attribute 'betwen'. Did you mean 'between'\?"):
        expect("a").betwen(0, 1)
    with pytest.raises(AttributeError, match=r"dk.expectations\(\) lists all"):
        expect("a").positive()


def test_a_builder_of_one_column_takes_one():
    with pytest.raises(UsageError, match="takes one column"):
        expect(["a", "b"])


def test_a_builder_without_a_rule_is_no_suite():
    with pytest.raises(UsageError, match=r"expect\('a'\) has no rule"):
        as_suite(expect("a"))
    several = [expect("b").not_null(), expect("a")]
    place = r"^suite 'x', expectation 2: expect\('a'\) has no rule\. Add one"
    with pytest.raises(UsageError, match=place):
        Suite("x", several)
    with pytest.raises(UsageError, match=r"expect\('a'\) has no rule"):
        Suite("x") + expect("a")


def test_a_column_without_a_name():
    assert expect("").not_null()[0].kwargs == {"column": ""}
