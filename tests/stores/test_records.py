"""Records mean the same in every store."""

from __future__ import annotations

import uuid

import pytest

import dkdata as dk
from dkdata.testing import RecordTests


class TestMemory(RecordTests):
    @pytest.fixture
    def target(self):
        prefix = f"t{uuid.uuid4().hex}"
        return lambda name: f"memory.{prefix}_{name}"


class TestWorkspace(RecordTests):
    @pytest.fixture
    def target(self):
        return lambda name: name


class TestFile(RecordTests):
    @pytest.fixture(params=["parquet", "json"])
    def target(self, request, tmp_path):
        return lambda name: str(tmp_path / f"{name}.{request.param}")


class TestDelta(RecordTests):
    @pytest.fixture
    def target(self, tmp_path):
        return lambda name: str(tmp_path / name)


class TestPostgres(RecordTests):
    @pytest.fixture
    def target(self, postgres_url):
        dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": postgres_url}}})
        return lambda name: f"warehouse.{name}"
