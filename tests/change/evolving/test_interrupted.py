"""Tables whose upgrade is killed, or met by other writers, are at one version or the other."""

from __future__ import annotations

import json
import signal
import threading
import time

import pandas as pd
import pytest

import dkdata as dk
from dkdata.alteration import Remade
from dkdata.errors import ConflictError, SchemaError
from dkdata.testing.comparing import assert_same
from dkdata.testing.evolving import PEOPLE
from tests.services.elasticsearch import indices
from tests.stores.in_processes import in_process

ROWS = pd.DataFrame({"id": range(20_000), "name": ["Ada", None] * 10_000, "age": ["36"] * 20_000})
# CONFIGURATION and TARGET: to and fro, until it is killed.
_EVOLVES = """
    import json, sys, dkdata as dk
    from dkdata.testing.evolving import PEOPLE
    dk.configure(json.loads(sys.argv[1]))
    print("begun", flush=True)
    while True:
        PEOPLE.upgrade(sys.argv[2], to=sys.argv[3], at="1")
        PEOPLE.downgrade(sys.argv[2], to="1")
    """


@pytest.fixture
def places(tmp_path, postgres_url, elasticsearch_url, bucket):
    """Return how a configuration names places of every kind."""
    stores = {
        "file": {"backend": "duckdb", "path": str(tmp_path / "people.duckdb")},
        "folder": {"backend": "delta", "path": str(tmp_path / "folder")},
        "served": {"backend": "postgres", "url": postgres_url},
        "lake": bucket.options,
    }
    with indices.created(elasticsearch_url) as made:
        stores["search"] = made.options
        dk.configure({"stores": stores})
        yield json.dumps({"stores": stores})


@pytest.mark.parametrize(
    ("store", "to"), [("file", "2"), ("file", "3"), ("folder", "2"), ("served", "2")]
)
def test_a_killed_upgrade_leaves_one_version_or_the_other(places, store, to):
    target = f"{store}.people"
    dk.save(ROWS, target, key="id")
    wanted = {"1": ROWS, to: PEOPLE.upgrade(ROWS, to=to, at="1")}
    for delay in (0.1, 0.6):
        process = in_process(_EVOLVES, places, target, to)
        assert process.stdout.readline() == "begun\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        _, told = process.communicate()
        assert process.returncode == -signal.SIGKILL, told
        found = dk.load(target, order_by="id")
        held = "1" if "name" in found.columns else to
        assert_same(found[wanted[held].columns.tolist()], wanted[held])
        assert PEOPLE.upgrade(target, to=to, dry_run=True).before == held
        if held == to:
            PEOPLE.downgrade(target, to="1")


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("store", ["memory", "file", "folder", "served", "lake", "search"])
def test_no_row_is_lost_that_others_write_meanwhile(store):
    target = f"{store}.met"
    dk.save(ROWS.head(1000), target, key="id", mode="replace")
    saved = []

    def write():
        for n in range(20):
            row = pd.DataFrame({"id": [100_000 + n], "name": ["new"], "age": ["1"]})
            try:
                dk.save(row, target, mode="append")
            except ConflictError:
                continue
            except SchemaError:  # it has other columns by then
                return
            saved.append(100_000 + n)

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.02)
    while True:
        try:
            PEOPLE.upgrade(target, to="2", at="1")
            break
        except ConflictError:
            continue
    writer.join()
    found = dk.load(target, order_by="id")
    assert found.columns.tolist() == ["id", "who", "age"]
    assert found["id"].tolist() == [*range(1000), *saved]


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("change", ["update", "delete", "upsert"])
def test_documents_that_others_change_meanwhile_are_a_conflict(change):
    dk.save(ROWS.head(5), "search.met", key="id")
    location = dk.table("search.met").location
    changes = {
        "update": lambda: dk.update("search.met", {"name": "new"}, "id = 1"),
        "delete": lambda: dk.delete("search.met", "id = 1"),
        "upsert": lambda: dk.save(ROWS.head(1).assign(name="new"), "search.met", mode="upsert"),
    }

    def remade(rows):
        other = threading.Thread(target=changes[change])
        other.start()
        other.join()
        return Remade(rows, {name: name for name in rows.schema.names})

    with pytest.raises(ConflictError, match="somebody else wrote to 'met'"):
        location.store.remake(location.table, remade)
    names = dk.load("search.met", order_by="id")["name"].fillna("").tolist()
    kept = {"update": ["Ada", "new"], "delete": ["Ada", "Ada"], "upsert": ["new", ""]}
    assert names[:2] == kept[change]
