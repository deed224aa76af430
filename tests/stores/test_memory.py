"""The memory store keeps every promise."""

from __future__ import annotations

import uuid

import pytest

import dkdata as dk
from dkdata.testing import StoreTests, table_fixture

table = table_fixture


@pytest.fixture
def target():
    prefix = f"t{uuid.uuid4().hex}"
    yield lambda name: f"memory.{prefix}_{name}"
    for name in dk.tables("memory")["table"]:
        if name.startswith(prefix):
            dk.drop(f"memory.{name}")


class TestMemoryStore(StoreTests):
    pass
