"""DuckDB files keep every promise: the workspace, and any other."""

from __future__ import annotations

import pytest

from dkdata.testing import StoreTests, table_fixture

table = table_fixture


class _DuckDBTests(StoreTests):
    @pytest.mark.xfail(strict=True, reason="DuckDB moves a row whose list changes to the end")
    def test_rows_stay_in_order_when_a_list_is_updated(self, target):
        super().test_rows_stay_in_order_when_a_list_is_updated(target)


class TestWorkspace(_DuckDBTests):
    @pytest.fixture
    def target(self):
        return lambda name: name


class TestOtherFile(_DuckDBTests):
    @pytest.fixture
    def target(self, tmp_path):
        return lambda name: f"duckdb:///{tmp_path}/other.duckdb#{name}"
