"""What `dk.doctor` finds of stores, and clears."""

from __future__ import annotations

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import StoreNotFoundError
from tests.services import databases

PEOPLE = pd.DataFrame({"id": [1, 2], "name": ["Ada", "Bob"]})


@pytest.fixture
def warehouse(postgres_url):
    dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": postgres_url}}})
    return postgres_url


@pytest.mark.usefixtures("warehouse")
def test_all_stores_are_looked_at():
    found = dk.doctor()
    assert found.frame["store"].tolist() == ["local", "memory", "warehouse"]
    assert found
    assert "✓ warehouse: PostgreSQL 1" in str(found)
    assert "PostgreSQL 1" in found._repr_html_()


def test_a_store_that_does_not_answer_is_a_finding():
    url = "postgresql://ada:1815@127.0.0.1:1/shop"
    dk.configure({"stores": {"gone": {"backend": "postgres", "url": url}}})
    found = dk.doctor("gone")
    assert not found
    assert found.frame["answers"].tolist() == [False]
    assert "✗ gone: cannot connect to 127.0.0.1:1" in str(found)
    assert "1815" not in str(found)


def test_an_unknown_store_is_refused():
    with pytest.raises(StoreNotFoundError, match="no store named 'werehouse'"):
        dk.doctor("werehouse")


def test_what_is_kept_of_a_table_that_others_dropped_is_cleared(warehouse):
    dk.save(PEOPLE, "warehouse.people", run_id="r1")
    dk.save(PEOPLE, "warehouse.kept", run_id="r1")
    databases.run(warehouse, "DROP TABLE people")
    assert dk.doctor("warehouse").leftovers == (
        "what was kept about table public.people, which is gone",
    )
    assert not dk.doctor("warehouse")
    assert dk.doctor("warehouse", remove=True)
    assert dk.doctor("warehouse").leftovers == ()
    assert dk.save(PEOPLE, "warehouse.people", run_id="r1").repeated is False
    assert dk.save(PEOPLE, "warehouse.kept", mode="append", run_id="r1").repeated is True


def test_temporary_files_of_saves_that_died_are_cleared(tmp_path):
    dk.configure(
        {"stores": {"exports": {"backend": "file", "path": str(tmp_path / "out"), "format": "csv"}}}
    )
    dk.save(PEOPLE, "exports.people")
    died = tmp_path / "out" / ".people.csv.0042.dk.tmp"
    died.write_text("half a row")
    assert dk.doctor("exports").leftovers == ()  # it may live still
    assert dk.doctor("exports", older_than=0).leftovers == (str(died),)
    assert dk.doctor("exports", older_than="0s", remove=True)
    assert not died.exists()
    assert dk.count("exports.people") == 2
