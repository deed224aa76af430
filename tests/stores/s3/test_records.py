"""Records of a bucket, which are objects, mean what they mean everywhere."""

from __future__ import annotations

import pytest

from dkdata.testing import RecordTests


@pytest.mark.usefixtures("lake")
class TestRecords(RecordTests):
    writes_by_row = True

    @pytest.fixture
    def target(self):
        return lambda name: f"lake.{name}"
