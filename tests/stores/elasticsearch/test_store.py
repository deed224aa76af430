"""Elasticsearch keeps every promise."""

from __future__ import annotations

import pytest

from dkdata.testing import StoreTests, table_fixture

table = table_fixture


@pytest.mark.usefixtures("search")
class TestElasticsearch(StoreTests):
    @pytest.fixture
    def target(self):
        return lambda name: f"search.{name}"
