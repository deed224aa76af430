from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import (
    ConfigError,
    ExistsError,
    ExpectationNotFoundError,
    NotFoundError,
    StoreError,
    UsageError,
    ValidationError,
)
from dkdata.validation import Suite, as_suite, expect
from tests.stores.in_processes import in_process

PEOPLE = pd.DataFrame({"name": ["Ada", None], "age": [36, 410]})
AGES = expect("age").between(0, 120)
RULES = Suite("people", AGES, meta={"owner": "x"}, notes=["a", "b"])

# Saves 25 suites when it is told to: the number of the writer.
SAVER = """
    import sys, dkdata as dk
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(25):
        print(dk.expect("a").in_set([sys.argv[1], n]).save("people").version)
    """


def test_what_was_saved_is_found_by_its_name():
    saved = RULES.save()
    assert (saved.name, saved.version, saved.is_new) == ("people", 1, True)
    assert Path(".dkdata/suites/people/1.json").absolute() == saved.path
    assert as_suite("people") == RULES == Suite.load(saved.path)


def test_every_version_stays():
    names = (RULES + AGES.max(9)).save(), RULES.save(), (RULES + AGES.min(1)).save()
    assert [saved.version for saved in names] == [1, 2, 3]
    assert [len(as_suite(f"people@{n}")) for n in (1, 2, 3)] == [3, 1, 3]
    assert as_suite("people") == as_suite("people@3")


def test_saving_the_same_again_adds_no_version():
    first, again = RULES.save(), as_suite("people").save()
    assert (again.version, again.is_new, again.path) == (1, False, first.path)
    assert str(first) == "suite 'people' was saved as version 1: .dkdata/suites/people/1.json"
    assert str(again) == (
        "suite 'people' is version 1 already, nothing to save: .dkdata/suites/people/1.json"
    )
    assert "✓ suite &#x27;people&#x27; was saved" in first._repr_html_()
    assert (RULES + AGES).save().version == 2
    assert RULES.save().version == 3


@pytest.mark.parametrize("values", [[1, 1.0], [1, True], [0.0, False], ["1", 1]])
def test_values_of_other_types_are_another_version(values):
    versions = [expect("a").in_set([value]).save("a").version for value in values]
    assert versions == [1, 2]


def test_the_order_of_parameters_is_no_other_version():
    rule = {"type": "expect_column_values_to_be_between"}
    for names in (("min_value", "max_value"), ("max_value", "min_value")):
        kwargs = {"column": "a"} | dict.fromkeys(names, 1)
        assert Suite("a", rule | {"kwargs": kwargs}).save().version == 1


def test_a_suite_may_be_saved_under_another_name():
    assert AGES.save("adults").name == "adults"
    assert as_suite("adults") == Suite("adults", AGES)
    assert as_suite("adults").save().is_new is False


def test_the_workspace_of_a_parent_folder_is_found(monkeypatch, tmp_path):
    monkeypatch.delenv("DKDATA_HOME")
    RULES.save()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert as_suite("people") == RULES
    assert str(RULES.save()).endswith(f": {tmp_path}/.dkdata/suites/people/1.json")


def test_names_are_suites_everywhere():
    RULES.save()
    assert dk.validate(PEOPLE, "people").counts() == PEOPLE.dk.validate(["people@1"]).counts()
    assert [str(rule) for rule in expect("name").not_null() + "people"] == [
        "name: not_null", "age: between(0, 120)",
    ]  # fmt: skip
    assert Suite("other", "people").expectations == RULES.expectations
    assert PEOPLE.dk.save("kept", suite="people", on_invalid="quarantine").inserted == 1
    assert dk.table("kept").validate("people")
    with pytest.raises(ValidationError, match="people"):
        PEOPLE.dk.save("refused", suite="people")


def test_a_name_that_there_is_not():
    RULES.save()
    dk.configure({"suites": {"orders": RULES.to_dict()}})
    message = (
        r"^no suite named 'poeple'\. Did you mean 'people'\? There are: orders, people\."
        r" suite\.save\(name\) makes one; the path of a file ends in \.json\.$"
    )
    for text in ("poeple", "poeple@2"):
        with pytest.raises(ExpectationNotFoundError, match=message):
            dk.validate(PEOPLE, text)
    with pytest.raises(ExpectationNotFoundError, match=r"no suite named 'people/1'\. Did you mea"):
        as_suite("people/1")


@pytest.mark.parametrize("text", ["people", "../people", "..", ""])
def test_a_name_leads_to_no_other_folder(text, tmp_path):
    RULES.dump(tmp_path / ".dkdata" / "people" / "1.json")
    RULES.dump(tmp_path / ".dkdata" / "1.json")
    with pytest.raises(NotFoundError, match=r"There are: none\."):
        as_suite(text)


def test_a_version_that_there_is_not():
    for rule in (AGES, AGES.max(9)):
        rule.save("people")
    with pytest.raises(
        ExpectationNotFoundError, match=r"suite 'people' has no version 3\. There are: 2, 1\.$"
    ):
        as_suite("people@3")


def test_names_of_the_configuration():
    RULES.dump("adults.json")
    Path("dkdata.yaml").write_text("suites: {adults: adults.json, 'a@2': adults.json}")
    assert as_suite("adults") == as_suite("a@2") == RULES
    message = r"suite 'adults' is in the configuration, which has no versions of it\."
    with pytest.raises(ExpectationNotFoundError, match=message):
        as_suite("adults@1")
    Path("adults.json").unlink()
    with pytest.raises(ConfigError, match=r"dkdata\.yaml: suites\.adults: no suite at"):
        as_suite("adults")


def test_a_name_of_the_configuration_cannot_be_saved():
    dk.configure({"suites": {"people": RULES.to_dict()}})
    message = r"cannot save suite 'people': the configuration has one of that name"
    with pytest.raises(ExistsError, match=message):
        RULES.save()
    assert not Path(".dkdata").exists()


def test_a_name_in_both_places_says_neither():
    for rule in (AGES, AGES.max(9)):
        rule.save("people")
    dk.configure({"suites": {"people": RULES.to_dict(), "people@1": RULES.to_dict()}})
    message = (
        r"^suite 'people' is saved in the workspace, and the configuration has one of that name"
        r" too\. Rename one of them, or write 'people@2' for the saved one\.$"
    )
    with pytest.raises(UsageError, match=message):
        as_suite("people")
    assert len(as_suite("people@2")) == 2
    with pytest.raises(UsageError, match=r"suite 'people@1' is saved .*Rename one of them\.$"):
        as_suite("people@1")


def test_a_version_that_cannot_be_read_is_followed_by_the_next():
    path = RULES.save().path
    path.write_text("{")
    with pytest.raises(UsageError, match=r"1\.json' is not the JSON of a suite"):
        as_suite("people")
    assert RULES.save().version == 2
    assert as_suite("people") == RULES


def test_what_cannot_be_read_again_is_not_saved():
    newer = Suite("people", AGES, meta={"great_expectations_version": "7.0"})
    with pytest.raises(UsageError, match=r"written by Great Expectations 7\.0"):
        newer.save()
    with pytest.raises(UsageError, match=r"expect\('age'\) has no rule"):
        expect("age").save()
    assert not Path(".dkdata").exists()


def test_a_workspace_that_cannot_be_written():
    Path(".dkdata").write_text("a file")
    with pytest.raises(StoreError, match=r"cannot save suite 'people' in '.*': Not a directory\."):
        RULES.save()


def test_processes_that_save_at_once_lose_nothing():
    savers = [in_process(SAVER, number) for number in range(2)]
    for saver in savers:
        assert saver.stdout.readline() == "ready\n"
    for saver in savers:
        saver.stdin.write("go\n")
        saver.stdin.flush()
    seen = []
    while any(saver.poll() is None for saver in savers):
        if dk.suites()["name"].tolist() == ["people"]:  # every version seen is whole
            seen.append(int(dk.suites()["version"][0]))
            assert len(as_suite("people")) == 1
    told = [saver.communicate() for saver in savers]
    assert [error for _, error in told] == ["", ""]
    versions = [[int(line) for line in output.split()] for output, _ in told]
    assert sorted([*versions[0], *versions[1]]) == list(range(1, 51))
    assert seen == sorted(seen)
    held = {
        (str(writer), n): version
        for writer in range(2)
        for n, version in enumerate(versions[writer])
    }
    for written, version in held.items():
        document = json.loads(Path(f".dkdata/suites/people/{version}.json").read_text())
        assert tuple(document["expectations"][0]["kwargs"]["value_set"]) == written
