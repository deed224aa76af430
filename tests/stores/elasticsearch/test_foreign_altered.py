"""What others own in Elasticsearch is not written to; what they altered of a table loads."""

from __future__ import annotations

import re
import warnings

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import (
    DkWarning,
    ExistsError,
    SchemaError,
    UsageError,
)
from tests.stores.elasticsearch.others import LOGS, put

ROWS = pd.DataFrame({"n": [1]})
WRITES = {
    **{
        mode: lambda name, mode=mode: dk.save(ROWS, name, mode=mode, key="n")
        for mode in ("append", "replace", "upsert", "skip")
    },
    "update": lambda name: dk.update(name, {"n": 2}, where="n = 1"),
    "delete": lambda name: dk.delete(name, "n = 1"),
    "rename": lambda name: dk.rename(name, "search.other"),
    "drop": dk.drop,
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
@pytest.mark.parametrize("name", ["logs", "alias", "logs*"])
def test_nothing_is_written_to_them(search, name, write):
    index = put(search, "logs", [{"n": 1}])
    other = put(search, "more", [{"n": 2}])
    for one in (index, other):
        search.client.indices.put_alias(index=one, name=f"{search.prefix}alias")
    reason = "stands for several" if "*" in name else "that dkdata did not make"
    with pytest.raises(UsageError, match=reason):
        write(f'search."{name}"')
    assert search.names() == [index, other]
    found = search.client.search(index=search.prefix + "alias")["hits"]["hits"]
    assert [hit["_source"] for hit in found] == [{"n": 1}, {"n": 2}]


def test_a_save_is_refused_as_usual_where_there_is_an_index(search):
    put(search, "logs", LOGS)
    with pytest.raises(ExistsError, match=r"table 'logs' exists in store 'search' \(4 rows\)"):
        dk.save(ROWS, "search.logs")
    for name in ("new-*", "a,b"):
        with pytest.raises(UsageError, match="stands for several indices"):
            dk.save(ROWS, f'search."{name}"')
    assert dk.save(dk.load("search.logs"), "search.copy").rows == 4


_BY_KEY = ("append", "upsert", "skip")
PEOPLE = pd.DataFrame({"id": [1, 2], "born": pd.to_datetime(["1815-12-10", None]), "size": [1, 2]})


@pytest.fixture
def people(search):
    """The one index of a table that dkdata made."""
    dk.save(PEOPLE.astype({"size": "int8"}), "search.people")
    (index,) = search.names()
    return index


def _only_warning(caught):
    (told,) = {str(one.message) for one in caught if issubclass(one.category, DkWarning)}
    return told


def test_documents_that_others_added_to_a_table_are_loaded_too(search, people):
    search.client.index(index=people, document={"id": 3, "size": 3}, refresh=True)
    with pytest.warns(DkWarning, match="'people' was changed by somebody else") as caught:
        found = dk.load("search.people", order_by="id")
    assert "documents that dkdata did not write" in _only_warning(caught)
    assert found["id"].tolist() == [1, 2, 3]
    assert found.dtypes.astype(str).tolist() == ["int64", "datetime64[us]", "int8"]
    with pytest.warns(DkWarning):
        assert dk.count("search.people", "id > 1") == 2
    assert dk.count("search.people") == 3


@pytest.mark.parametrize(
    "write",
    [
        lambda name: dk.update(name, {"size": 2}, "id = 1"),
        lambda name: dk.delete(name, "id = 1"),
        *(lambda name, mode=mode: dk.save(PEOPLE, name, mode=mode) for mode in _BY_KEY),
        dk.optimize,
    ],
    ids=["update", "delete", *_BY_KEY, "optimize"],
)
def test_a_document_that_others_wrote_anew_is_not_changed_and_not_lost(search, write):
    dk.save(PEOPLE, "search.people", key="id")
    dk.save(PEOPLE.assign(id=[3, 4]), "search.people", mode="append")
    search.client.index(index=search.names()[0], id="1", document={"id": 1}, refresh=True)
    with pytest.raises(UsageError, match="'people' was changed by somebody else"):
        write("search.people")
    with pytest.warns(DkWarning, match="documents that dkdata did not write"):
        assert dk.load("search.people", order_by="id")["id"].tolist() == [1, 2, 3, 4]


def test_an_index_that_others_added_to_a_table_is_loaded_too(search, people):
    other = put(search, "other", [{"id": 3, "size": 300, "extra": "x"}])
    search.client.indices.put_alias(index=other, name=f"{search.prefix}people")
    with pytest.warns(DkWarning, match="changed or added since they were saved") as caught:
        found = dk.load("search.people", order_by="id")
    assert "'size', 'extra'" in _only_warning(caught)
    assert found["born"].dtype == "datetime64[us]"
    assert found["size"].tolist() == [1, 2, 300]
    assert found["extra"].isna().tolist() == [True, True, False]
    for write in (dk.drop, lambda name: dk.save(ROWS, name, mode="replace")):
        with pytest.raises(UsageError, match=f"was changed by somebody else .see '{other}'"):
            write("search.people")
    assert search.names() == sorted([other, people])


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("born", "long ago", '"long ago"'),
        ("born", "2024-02-31", '"2024-02-31"'),
        ("size", [1], "[1]"),
    ],
)
def test_a_value_that_others_put_into_a_row_and_that_does_not_fit_is_named(
    search, people, column, value, shown
):
    search.client.update(index=people, id="1", doc={column: value}, refresh=True)
    told = re.escape(f"the document with _dk_row=1 of index '{people}' has {shown} there: somebody")
    with pytest.raises(SchemaError, match=f"column '{column}' is .*, and {told}"):
        dk.load("search.people")
    for names in ([column], ["id", column]):
        with pytest.raises(SchemaError, match=f"column '{column}' is"):
            dk.load("search.people", columns=names)
    assert dk.load("search.people", columns=["id"])["id"].tolist() == [1, 2]


def test_a_table_whose_note_is_damaged_is_loaded_as_it_is(search, people):
    search.client.indices.put_mapping(index=people, meta={"dkdata": "?"})
    with pytest.warns(DkWarning, match="'people' has lost what dkdata kept of it"):
        found = dk.load("search.people", order_by="id")
    assert found["id"].tolist() == [1, 2]
    assert list(found.columns) == ["born", "id", "size"]
    with pytest.raises(UsageError, match="was changed by somebody else"):
        dk.save(ROWS, "search.people", mode="append")
    dk.drop("search.people")
    assert search.names() == []


def test_a_table_that_nobody_altered_gives_no_warning(people):
    assert people
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert dk.count("search.people") == 2


@pytest.fixture
def another(search):
    """Gives the indices of a table another alias."""
    dk.save(PEOPLE, "search.people")
    dk.save(PEOPLE.assign(id=[3, 4]), "search.people", mode="append")

    def another(name, **options):
        for index in search.names():
            search.client.indices.put_alias(index=index, name=f"{search.prefix}{name}", **options)

    return another


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
@pytest.mark.parametrize("is_write_index", [None, False])
def test_through_another_alias_a_table_is_read_and_not_changed(
    search, another, write, is_write_index
):
    another("mine", is_write_index=is_write_index)
    made = search.names()
    with pytest.raises(UsageError, match=r"'mine' is another alias of .* table 'people'"):
        write("search.mine")
    assert search.names() == made
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = dk.load("search.mine", order_by="id")
        assert dk.load("search.people").equals(found)
    assert found.dtypes.astype(str).tolist() == ["int64", "datetime64[us]", "int64"]
    dk.save(PEOPLE.assign(id=[5, 6]), "search.people", mode="append")
    assert dk.count("search.people") == 6


def test_of_another_alias_the_filter_counts(another):
    another("mine", filter={"term": {"id": 3}})
    assert dk.load("search.mine")["id"].tolist() == [3]
    assert dk.count("search.mine") == 1
    assert dk.count("search.people") == 4


def test_a_table_that_was_renamed_and_has_another_alias_is_not_mixed_up_with_it(search, another):
    dk.rename("search.people", "search.persons")
    another("mine")
    dk.drop("search.persons")
    assert search.names() == []
