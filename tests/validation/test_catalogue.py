from __future__ import annotations

import pytest

from dkdata.validation import expectations
from dkdata.validation.catalogue import BY_TYPE, ENTRIES, REQUIRED

_COMMON = {
    "id", "meta", "notes", "description", "severity", "result_format", "catch_exceptions",
    "windows", "batch_id", "rendered_content", "library_metadata",
}  # fmt: skip
_KINDS = {
    "ColumnMapExpectation": "column map",
    "ColumnAggregateExpectation": "column aggregate",
    "ColumnPairMapExpectation": "column pair",
    "MulticolumnMapExpectation": "multicolumn",
}


@pytest.fixture(scope="module")
def genuine(gx):
    """The classes of Great Expectations' own expectations by their types."""
    package = gx.expectations
    classes = [getattr(package, name) for name in dir(package)]
    types = {one.expectation_type: one for one in classes if hasattr(one, "expectation_type")}
    return {name: implementation for name, implementation in types.items() if name}


def test_every_core_expectation_is_there_once(genuine):
    assert len(ENTRIES) == 59
    assert sorted(genuine) == sorted(entry.type for entry in ENTRIES)


def test_parameters_and_defaults_are_those_of_great_expectations(genuine):
    for name, implementation in genuine.items():
        fields = {k: v for k, v in implementation.__fields__.items() if k not in _COMMON}
        theirs = {k: REQUIRED if v.required else v.default for k, v in fields.items()}
        assert theirs == BY_TYPE[name].parameters, name


def test_kinds_are_those_of_great_expectations(genuine):
    for name, implementation in genuine.items():
        bases = [base.__name__ for base in implementation.__mro__]
        kinds = [kind for base, kind in _KINDS.items() if base in bases]
        assert kinds in ([BY_TYPE[name].kind], []), name
        assert kinds or BY_TYPE[name].kind in ("table", "sql"), name


def test_methods_are_distinct_on_each_builder():
    methods = [(entry.face, entry.method) for entry in ENTRIES]
    assert sorted(set(methods)) == sorted(methods)


def test_the_catalogue_is_a_frame():
    known = expectations()
    assert known.columns.tolist() == ["type", "builder", "method", "kind", "parameters", "tiers"]
    between = known.set_index("type").loc["expect_column_values_to_be_between"]
    assert "column, min_value=None, max_value=None, strict_min=False" in between["parameters"]
    assert between["tiers"] == "kernels, gx"
