"""What is kept about a table stays when it is brought to another version."""

from __future__ import annotations

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import UnsupportedError
from dkdata.testing.evolving import PEOPLE
from tests.services.elasticsearch import indices

ROWS = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", "Bob", "Ada"], "age": ["36", "17", None]})


def test_a_folder_keeps_its_partitions_under_their_new_names():
    dk.save(ROWS, "people/", key="id", partition_by="name")
    PEOPLE.upgrade("people/", to="2")
    store = dk.table("people/").location
    assert store.store._snapshot(store.table).partition_by == ("who",)
    dk.save(pd.DataFrame({"id": [4], "who": ["Cy"], "age": [1]}), "people/", mode="append")
    PEOPLE.downgrade("people/", to="1")
    assert dk.load("people/", order_by="id")["name"].tolist() == ["Ada", "Bob", "Ada", "Cy"]


def test_a_file_keeps_what_it_remembers():
    dk.save(ROWS, "people.csv", run_id="first")
    PEOPLE.upgrade("people.csv", to="2", at="1")
    assert dk.save(ROWS, "people.csv", mode="append", run_id="first").repeated
    assert dk.load("people.csv")["age"].tolist() == [36, 17, pd.NA]


def test_an_index_keeps_the_columns_whose_words_are_searched(elasticsearch_url):
    with indices.created(elasticsearch_url) as made:
        dk.configure({"stores": {"search": made.options}})
        dk.save(ROWS, "search.people", key="id", options={"text": ["name"]})
        PEOPLE.upgrade("search.people", to="2")
        assert sorted(dk.table("search.people").search("Ada")["id"]) == [1, 3]


def test_objects_are_not_changed_one_by_one(bucket):
    dk.configure({"stores": {"lake": bucket.options}})
    dk.save(ROWS, "lake.people", key="id", layout="objects")
    with pytest.raises(UnsupportedError, match="every record as an object of its own"):
        PEOPLE.upgrade("lake.people", to="2")
    assert sorted(dk.load("lake.people")["id"]) == [1, 2, 3]
