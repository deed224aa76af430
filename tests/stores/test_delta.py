"""Folders, which are Delta tables, keep every promise."""

from __future__ import annotations

import pytest

from dkdata.testing import StoreTests, table_fixture

table = table_fixture


class TestDelta(StoreTests):
    @pytest.fixture
    def target(self, tmp_path):
        return lambda name: f"{tmp_path}/{name}/"
