"""Buckets keep every promise, on each server that is tested."""

from __future__ import annotations

import pytest

import dkdata as dk
from dkdata.testing import StoreTests, table_fixture

table = table_fixture


@pytest.mark.timeout(900)  # each table of them takes many requests
class TestS3(StoreTests):
    @pytest.fixture
    def target(self, bucket):
        dk.configure({"stores": {"lake": bucket.options}})
        return lambda name: f"lake.{name}"
