from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import dkdata as dk
from dkdata.errors import (
    ColumnNotFoundError,
    SchemaError,
    StoreNotFoundError,
    TableNotFoundError,
    UsageError,
)

FRAME = pd.DataFrame({"id": np.arange(500), "team": ["red", "blue"] * 250})


def _told(suite):
    return [str(rule) for rule in suite]


def test_the_table_comes_first_and_columns_follow_in_their_order():
    suite = FRAME.dk.suggest()
    assert _told(suite) == [
        "table: columns_are(['id', 'team'])", "table: row_count_between(1)",
        "id: type('int64')", "id: not_null", "id: unique", "id: increasing(strictly=True)",
        "id: between(0)",
        "team: type('str')", "team: not_null", "team: in_set(['blue', 'red'])",
    ]  # fmt: skip
    assert suite.name == "suggested"
    assert suite.meta == {
        "dkdata": {"suggested_from": {"rows": 500, "columns": 2, "min_confidence": 0.5}}
    }


def test_a_second_call_suggests_the_same():
    assert FRAME.dk.suggest(name="teams") == FRAME.dk.suggest(name="teams")


def test_a_suggested_suite_is_kept_as_json():
    suite = FRAME.dk.suggest()
    suite.dump("suite.json")
    assert dk.Suite.load("suite.json").to_dict() == suite.to_dict()
    assert FRAME.dk.validate("suite.json")


def test_rules_that_are_less_sure_are_left_out():
    few = FRAME.head(200)
    assert _told(few.dk.suggest(columns="team")) == _told(FRAME.dk.suggest(columns="team"))
    assert _told(few.dk.suggest(columns="team", min_confidence=0.95)) == ["team: type('str')"]


def test_some_columns():
    assert {rule.place for rule in FRAME.dk.suggest(columns=["team"])} == {"team"}
    assert _told(FRAME.dk.suggest(columns=[])) == []


@pytest.mark.parametrize("given", [
    pl.DataFrame(FRAME), pl.DataFrame(FRAME).lazy(), pl.DataFrame(FRAME).to_arrow(),
    FRAME.to_dict("records"),
], ids=["polars", "lazy", "arrow", "records"])  # fmt: skip
def test_frames_of_any_kind(given):
    rules = [told for told in _told(dk.suggest(given)) if "type" not in told]
    assert rules == [told for told in _told(FRAME.dk.suggest()) if "type" not in told]


@pytest.mark.parametrize("source", ["teams", "teams.parquet", "memory.teams"])
def test_sources(source):
    FRAME.dk.save(source, mode="replace")
    suite = dk.suggest(source)
    assert suite.name == source.removeprefix("memory.")
    assert _told(suite) == _told(FRAME.dk.suggest())
    assert len(dk.suggest(dk.table(source).filter("id < 5"))) == 4


@pytest.mark.parametrize("given", [FRAME, "memory.teams"], ids=["frame", "source"])
def test_a_column_that_is_not_there(given):
    FRAME.dk.save("memory.teams", mode="replace")
    with pytest.raises(ColumnNotFoundError, match=r"no column 'tem'. Did you mean 'team'\?"):
        dk.suggest(given, columns=["id", "tem"])


def test_a_column_that_is_there_twice():
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "a", "b"])
    with pytest.raises(SchemaError, match="the frame has 2 columns named 'a'"):
        frame.dk.suggest()
    assert _told(frame.dk.suggest(columns="b")) == ["b: type('int64')"]


def test_columns_that_great_expectations_confuses_have_no_rules():
    frame = pd.DataFrame({"A": [1], "a": ["x"], 1: [2], "1": [3], "": [4], "b": [5]})
    assert {rule.place for rule in frame.dk.suggest()} == {"b", "table"}


def test_labels_that_are_no_text():
    frame = pd.DataFrame([[1, 2]] * 400, columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]))
    (kind, *_) = frame.dk.suggest(columns=("a", 2))
    assert kind.place == str(("a", 2))


@pytest.mark.parametrize("given", [1.5, -0.1, "0.5", None, True])
def test_a_confidence_that_is_none(given):
    with pytest.raises(UsageError, match=r"min_confidence=.* Give a number from 0 to 1"):
        FRAME.dk.suggest(min_confidence=given)


def test_what_is_no_frame_and_no_source():
    with pytest.raises(UsageError, match="a value of type 'int' is not a frame"):
        dk.suggest(3)
    with pytest.raises(TableNotFoundError, match="no table named 'nowhere'"):
        dk.suggest("nowhere")
    with pytest.raises(UsageError, match="42 is not a target"):
        FRAME.dk.suggest(references=42)
    with pytest.raises(UsageError, match="name=3 is not the name of a suite"):
        FRAME.dk.suggest(name=3)
    with pytest.raises(StoreNotFoundError):
        FRAME.dk.suggest(references="elsewhere.people")


def test_a_name_that_is_none():
    with pytest.raises(UsageError, match="name='' is not the name of a suite"):
        dk.suggest(FRAME, name="")
