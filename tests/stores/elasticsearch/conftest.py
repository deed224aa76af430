"""A configured server, of whose indices a test has those with a name that begins with its own."""

from __future__ import annotations

import pytest

import dkdata as dk
from tests.services.elasticsearch import indices


@pytest.fixture
def search(elasticsearch_url):
    """The indices of a store that is called ``search``."""
    with indices.created(elasticsearch_url) as made:
        dk.configure({"stores": {"search": made.options}})
        yield made
