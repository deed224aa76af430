"""What interrupted saves and old versions leave in folders is removed."""

from __future__ import annotations

import pytest

import dkdata as dk
from tests.stores.cleaning import CleaningTests


class TestFolders(CleaningTests):
    @pytest.fixture
    def lake(self, tmp_path):
        folder = tmp_path / "lake"
        dk.configure({"stores": {"lake": {"backend": "delta", "path": str(folder)}}})
        return folder

    def test_a_folder_of_others_does_not_matter(self, lake):
        (lake / "photos%41").mkdir(parents=True)
        (lake / "photos%41" / "a.jpg").write_bytes(b"x")
        (lake / "notes.txt").write_text("x", encoding="utf-8")
        assert dk.doctor("lake", older_than=0, remove=True)
        assert len(list(lake.rglob("*.*"))) == 2
