from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import DkWarning

AGES = dk.expect("age").between(0, 120)


def test_there_are_none():
    assert dk.suites().columns.tolist() == [
        "name", "version", "expectations", "saved", "where", "path",
    ]  # fmt: skip
    assert len(dk.suites()) == 0


def test_the_newest_version_of_each_is_listed(tmp_path):
    AGES.save("people")
    newest = AGES.not_null().save("people")
    AGES.save("adults")
    at = dt.datetime(2026, 1, 31, 12, 30, tzinfo=dt.UTC)
    os.utime(newest.path, (at.timestamp(), at.timestamp()))
    listed = dk.suites()
    assert listed["name"].tolist() == ["adults", "people"]
    assert listed.iloc[1].to_dict() == {
        "name": "people",
        "version": 2,
        "expectations": 2,
        "saved": pd.Timestamp(at),
        "where": "workspace",
        "path": str(tmp_path / ".dkdata/suites/people/2.json"),
    }


def test_suites_of_the_configuration_have_no_versions(tmp_path):
    AGES.dump("adults.json")
    Path("dkdata.yaml").write_text("suites: {adults: adults.json, none: {expectations: []}}")
    AGES.save("people")
    listed = dk.suites()
    assert listed["name"].tolist() == ["adults", "none", "people"]
    assert listed["version"].isna().tolist() == [True, True, False]
    assert listed["expectations"].tolist() == [1, 0, 1]
    assert listed["saved"].isna().tolist() == [True, True, False]
    assert listed["where"].tolist() == ["configuration", "configuration", "workspace"]
    assert listed["path"][0] == str(tmp_path / "adults.json")
    assert pd.isna(listed["path"][1])


def test_the_types_do_not_depend_on_what_there_is():
    before = dk.suites().dtypes[["version", "expectations", "saved"]]
    AGES.save("people")
    assert before.equals(dk.suites().dtypes[["version", "expectations", "saved"]])


def test_one_that_cannot_be_read_is_named_by_a_warning():
    AGES.save("people").path.write_text("{")
    with pytest.warns(DkWarning, match=r"suite 'people' of the workspace cannot be read: .*1\.js"):
        assert dk.suites()["expectations"].isna().tolist() == [True]


def test_one_of_the_configuration_that_lacks_a_variable():
    dk.configure({"suites": {"a": "${NOWHERE}/a.json"}})
    with pytest.warns(DkWarning, match=r"suite 'a' of the configuration .*'NOWHERE' is not set"):
        assert dk.suites()["path"].isna().tolist() == [True]


def test_other_files_in_the_folder_are_no_suites():
    AGES.save("people")
    Path(".dkdata/suites/.DS_Store").touch()
    Path(".dkdata/suites/empty").mkdir()
    assert dk.suites()["name"].tolist() == ["people"]
