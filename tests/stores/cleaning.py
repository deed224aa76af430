"""What interrupted saves and old versions of Delta tables leave, and what removes it."""

from __future__ import annotations

import deltalake
import pyarrow as pa
import pytest

import dkdata as dk
from dkdata import catalog
from dkdata.errors import DkError
from dkdata.stores.delta.parts import Parts
from dkdata.testing.comparing import assert_same
from tests.stores.delta_tables import ORDERS


def begin(table):
    """Leave what a save leaves that is killed before its commit."""
    place = catalog.open_store("lake").root.place(table)
    rows = pa.table({"id": [1, 2]})
    Parts(place, rows.schema).write(rows)
    return place


@pytest.mark.usefixtures("lake")
class CleaningTests:
    """`dk.doctor` removes what is of no version of a table in the store ``lake``."""

    def test_files_of_a_killed_save_are_removed_and_nothing_else(self):
        dk.save(ORDERS, "lake.orders")
        dk.save(ORDERS.head(1), "lake.orders", mode="replace", run_id="r1")
        dk.delete("lake.orders", "id = 1")
        place = begin("orders")
        assert dk.doctor("lake"), "a save may run for a day"
        (told,) = dk.doctor("lake", older_than=0).leftovers
        assert told.startswith("1 files (")
        assert told.endswith("of saves of 'orders' that did not end")
        files = len(place.files())
        assert dk.doctor("lake", older_than="0s", remove=True)
        assert len(place.files()) == files - 1
        assert dk.doctor("lake", older_than=0).leftovers == ()
        assert_same(dk.load("lake.orders@0"), ORDERS)
        assert dk.count("lake.orders@1") == 1
        assert dk.count("lake.orders") == 0

    def test_files_of_a_first_save_that_was_killed_are_removed(self):
        place = begin("orders")
        assert dk.tables("lake").empty
        assert dk.doctor("lake", older_than=0).leftovers[0].endswith("'orders' that did not end")
        assert dk.doctor("lake", older_than=0, remove=True)
        assert place.files() == []
        dk.save(ORDERS, "lake.orders")

    def test_files_of_versions_that_are_no_longer_kept_are_removed(self):
        dk.save(ORDERS, "lake.orders")
        place = catalog.open_store("lake").root.place("orders")
        table = deltalake.DeltaTable(place.driver_uri, storage_options=place.storage_options)
        table.alter.set_table_properties({"delta.deletedFileRetentionDuration": "interval 0 days"})
        dk.save(ORDERS.head(2), "lake.orders", mode="replace")
        told = "1 files of versions of 'orders' that are older than it keeps"
        assert dk.doctor("lake").leftovers == (told,)
        assert dk.doctor("lake", remove=True)
        assert_same(dk.load("lake.orders"), ORDERS.head(2))
        with pytest.raises(DkError, match="orders"):
            dk.load("lake.orders@0")
        assert dk.save(ORDERS, "lake.orders", mode="append").inserted == 3

    def test_versions_stay_for_a_week(self):
        dk.save(ORDERS, "lake.orders")
        dk.save(ORDERS, "lake.orders", mode="replace")
        assert dk.doctor("lake", older_than=0)
