"""What every store does as the target, and as the source, of a migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import ConflictError, ExistsError
from dkdata.testing.comparing import assert_same

if TYPE_CHECKING:
    from dkdata.testing.comparing import Target

_PEOPLE = pd.DataFrame({"id": [1, 2, 3, 4, 5], "name": ["Ada", "Bob", None, "Di", "Ed"]})
_NAMED = dk.expect("name").not_null()


class MigratingTests:
    """All rows once, in one commit or several; those that are refused beside them."""

    @pytest.mark.parametrize("batch_rows", [None, 2])
    def test_migrated_there_and_back(self, target: Target, batch_rows: int | None) -> None:
        dk.save(_PEOPLE, "migrated.parquet", key="id")
        for source, to in (("migrated.parquet", target("moved")), (target("moved"), "back/")):
            report = dk.migrate(source, to, batch_rows=batch_rows, verify="full")
            assert (report.read, report.written, report.verified) == (5, 5, True)
            assert_same(dk.load(to), _PEOPLE)
        assert not dk.exists(target("moved__migrating"))

    def test_migrated_onto_a_table_that_is_there(self, target: Target) -> None:
        dk.save(_PEOPLE, "migrated.parquet", key="id")
        dk.save(_PEOPLE.head(2).assign(name="old"), target("moved"), key="id")
        with pytest.raises((ConflictError, ExistsError)):
            dk.migrate("migrated.parquet", target("moved"))
        report = dk.migrate("migrated.parquet", target("moved"), on_conflict="skip", batch_rows=2)
        assert (report.read, report.written, report.skipped) == (5, 3, 2)
        report = dk.migrate("migrated.parquet", target("moved"), on_conflict="upsert", batch_rows=2)
        assert (report.read, report.written, report.skipped) == (5, 5, 0)
        loaded = dk.load(target("moved"), order_by="id").reset_index(drop=True)
        assert_same(loaded, _PEOPLE)

    @pytest.mark.parametrize("batch_rows", [None, 2])
    def test_migrated_without_those_that_are_refused(
        self, target: Target, batch_rows: int | None
    ) -> None:
        dk.save(_PEOPLE, "migrated.parquet", key="id")
        report = dk.migrate(
            "migrated.parquet", target("moved"), suite=_NAMED, on_error="quarantine",
            batch_rows=batch_rows,
        )  # fmt: skip
        assert (report.read, report.written, report.failed) == (5, 4, 1)
        assert dk.load(target("moved"))["id"].tolist() == [1, 2, 4, 5]
        assert dk.load(target("moved__invalid"))["id"].tolist() == [3]

    def test_a_dry_run_of_a_migration_writes_nothing(self, target: Target) -> None:
        dk.save(_PEOPLE, "migrated.parquet", key="id")
        report = dk.migrate("migrated.parquet", target("moved"), dry_run=True)
        assert (report.read, report.written) == (5, 5)
        assert not dk.exists(target("moved"))
