"""The memory store keeps every promise."""

from __future__ import annotations

import uuid

import pytest

from dkdata import catalog
from dkdata.testing import StoreTests, table_fixture

table = table_fixture


@pytest.fixture
def target():
    prefix = f"t{uuid.uuid4().hex}"
    _drop_all()  # of other tests of the process: messages list the first tables only
    yield lambda name: f"memory.{prefix}_{name}"
    _drop_all()


def _drop_all():
    store = catalog.locate("memory.any").store
    for name in store.tables():
        store.drop(name)


class TestMemoryStore(StoreTests):
    pass
