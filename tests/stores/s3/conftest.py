"""A configured bucket."""

from __future__ import annotations

import pytest

import dkdata as dk


@pytest.fixture
def lake(bucket):
    """The bucket of a store that is called ``lake``."""
    dk.configure({"stores": {"lake": bucket.options}})
    return bucket
