"""DuckDB files keep every promise: the workspace, and any other."""

from __future__ import annotations

import pytest

from dkdata.testing import StoreTests, table_fixture

table = table_fixture


class TestWorkspace(StoreTests):
    @pytest.fixture
    def target(self):
        return lambda name: name


class TestOtherFile(StoreTests):
    @pytest.fixture
    def target(self, tmp_path):
        return lambda name: f"duckdb:///{tmp_path}/other.duckdb#{name}"
