"""A configured server, of whose indices a test has those with a name that begins with its own."""

from __future__ import annotations

import pytest

import dkdata as dk
from dkdata.testing import FaultProxy
from tests.services.elasticsearch import indices


@pytest.fixture
def search(elasticsearch_url):
    """The indices of a store that is called ``search``."""
    with indices.created(elasticsearch_url) as made:
        dk.configure({"stores": {"search": made.options}})
        yield made


@pytest.fixture
def behind_proxy(elasticsearch_url, search):
    """A proxy before the server, through which the store ``slow`` reaches the same indices."""
    user, _, place = elasticsearch_url.removeprefix("http://").rpartition("@")
    host, _, port = place.partition(":")
    with FaultProxy((host, int(port))) as proxy:
        url = f"http://{user}@127.0.0.1:{proxy.address[1]}"
        stores = {"search": search.options, "slow": {**search.options, "hosts": url}}
        dk.configure({"stores": stores})
        yield proxy
