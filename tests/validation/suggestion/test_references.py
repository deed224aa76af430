from __future__ import annotations

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import TableNotFoundError

PEOPLE = pd.DataFrame({"id": [1, 2, 3, 4], "name": ["Ada", "Bob", "Cy", "Di"], "age": [36] * 4})
TRIPS = pd.DataFrame({"person_id": [1, 2, 3] * 100, "driver": ["Ada", "Cy", "Di"] * 100})


@pytest.fixture(autouse=True)
def _people():
    PEOPLE.dk.save("people")


def _references(frame, **options):
    suite = frame.dk.suggest(**options)
    return suite.replaced(item for item in suite if "no_rows" in item.rule)


@pytest.mark.parametrize("references", [True, "people", ["people"], dk.table])
def test_columns_that_refer_to_a_key(references):
    asked = [dk.table("people")] if callable(references) else references
    suite = _references(TRIPS, references=asked)
    evidence = [item.meta["dkdata"]["evidence"] for item in suite]
    assert [(told["column"], told["key"], told["distinct"]) for told in evidence] == [
        ("person_id", "id", 3), ("driver", "name", 3),
    ]  # fmt: skip
    assert TRIPS.dk.validate(suite)
    unknown = pd.DataFrame({"person_id": [1, 9, None], "driver": ["Ada", "Zoe", None]})
    observed = [one.result["observed_value"] for one in unknown.dk.validate(suite).results]
    assert observed == [1, 1]


def test_none_without_being_asked():
    assert len(_references(TRIPS)) == 0


@pytest.mark.parametrize("frame", [
    pd.DataFrame({"person_id": [1, 2, 9] * 100}),
    pd.DataFrame({"size": [1, 2, 3] * 100}),
    pd.DataFrame({"id": [1, 2, 3] * 100}),
    pd.DataFrame({"who": ["Ada", "Bob"] * 150}),
    pd.DataFrame({"driver": ["Ada", "Bob", "Zoe"] * 100}),
    pd.DataFrame({"person_id": [1.0, 2.0] * 100}),
    pd.DataFrame({"person_id": [None] * 100}),
], ids=[
    "unknown", "name", "the key's own name", "few texts", "unknown text", "float", "nothing",
])  # fmt: skip
def test_columns_that_refer_to_nothing(frame):
    assert len(_references(frame, references=True)) == 0


def test_the_table_itself_is_not_referred_to():
    assert len(_references(PEOPLE, references=True, min_confidence=0)) == 0
    assert len(_references(dk.table("people").to_pandas(), references=["people"])) == 0
    assert not [item for item in dk.suggest("people", references=True) if "no_rows" in item.rule]


def test_columns_that_are_no_key():
    repeated = pd.DataFrame({"name": ["Ada", "Ada", "Cy", "Di"]})
    repeated.dk.save("people", mode="replace")
    assert len(_references(TRIPS, references=True)) == 0
    pd.DataFrame({"name": ["Ada", None, "Cy", "Di"]}).dk.save("people", mode="replace")
    assert len(_references(TRIPS, references=True)) == 0


def test_tables_and_columns_of_any_name(tmp_path):
    odd = PEOPLE.rename(columns={"name": 'the "name" {x}'})
    frame = TRIPS.rename(columns={"driver": "who's {driving}"})[["who's {driving}"]]
    for target in ('"my.table"', str(tmp_path / "it's {here}.parquet"), "memory.odd"):
        odd.dk.save(target)
        suite = _references(frame, references=[target])
        assert len(suite) == 1
        assert frame.dk.validate(suite)
    dk.drop("memory.odd")


def test_a_table_that_is_not_there():
    with pytest.raises(TableNotFoundError, match=r"no table named 'peopel'.*Did you mean 'people'"):
        TRIPS.dk.suggest(references=["peopel"])


def test_keys_that_count_further_than_the_column():
    pd.DataFrame({"code": pd.array([1, 2, 2**64 - 1], "uint64")}).dk.save("memory.codes")
    frame = pd.DataFrame({"code": pd.array([1, 2] * 100, "int8")})
    assert len(_references(frame, references="memory.codes")) == 1
    dk.drop("memory.codes")
