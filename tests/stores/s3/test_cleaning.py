"""What interrupted saves and old versions leave in buckets is removed."""

from __future__ import annotations

import dkdata as dk
from tests.stores.cleaning import CleaningTests


class TestBuckets(CleaningTests):
    def test_objects_of_others_do_not_matter(self, lake):
        lake.put("photos%41/a.jpg", b"x")
        lake.put("notes.txt", b"x")
        assert dk.doctor("lake", older_than=0, remove=True)
        assert lake.listed() == ["notes.txt", "photos%41/a.jpg"]
