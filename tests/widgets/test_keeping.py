"""Where the suite of an explorer is saved, as the page is told."""

from __future__ import annotations

import pandas as pd
import pytest

import dkdata as dk

PEOPLE = pd.DataFrame({"age": [36, 410]})


@pytest.fixture
def saved(show):
    """An explorer of which two versions of the suite are saved."""
    explorer = show(PEOPLE, dk.expect("age").not_null(), name="people").explorer
    explorer.save()
    explorer.suite += dk.expect("age").between(0, 120)
    explorer.save()
    return explorer


@pytest.mark.parametrize(("given", "version"), [("people", 2), ("people@2", 2), ("people@1", 1)])
def test_an_explorer_goes_on_with_a_saved_version(show, saved, given, version):
    told = show(PEOPLE, given).explorer.saved
    assert (told["name"], told["version"]) == ("people", version)
    assert told["path"].endswith(f"people/{version}.json")
    assert (told == saved.saved) is (version == 2)


def test_an_explorer_goes_on_with_a_file(show, saved, tmp_path):
    path = tmp_path / "people.json"
    saved.save(path)
    assert show(PEOPLE, path).explorer.saved == {"path": str(path)}
    assert show(PEOPLE, str(path)).explorer.saved == {"path": str(path)}


def test_rules_of_its_own_are_not_saved(show, saved):
    assert show(PEOPLE, saved.suite, name="people").explorer.saved == {}
