"""Single files of every format keep every promise."""

from __future__ import annotations

import pytest

from dkdata.testing import StoreTests, table_fixture

table = table_fixture


class _FileTests(StoreTests):
    suffix = ""

    @pytest.fixture
    def target(self, tmp_path):
        return lambda name: f"{tmp_path}/{name}{self.suffix}"


class TestParquet(_FileTests):
    suffix = ".parquet"


class TestCsv(_FileTests):
    suffix = ".csv"


class TestJson(_FileTests):
    suffix = ".json"


class TestJsonLines(_FileTests):
    suffix = ".jsonl"


class TestArrow(_FileTests):
    suffix = ".arrow"


class TestPackedCsv(_FileTests):
    suffix = ".csv.gz"


class TestPackedJsonLines(_FileTests):
    suffix = ".jsonl.zst"
