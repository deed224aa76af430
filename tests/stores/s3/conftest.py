"""A configured bucket."""

from __future__ import annotations

import pytest

import dkdata as dk
from tests.services.s3.scripted import ScriptedProxy
from tests.stores.s3.objects import PEOPLE, configure, save


@pytest.fixture
def lake(bucket):
    """The bucket of a store that is called ``lake``."""
    dk.configure({"stores": {"lake": bucket.options}})
    return bucket


@pytest.fixture
def people(lake):
    """The same with the table ``people`` of objects."""
    save(PEOPLE)
    return lake


@pytest.fixture
def counted(lake):
    """A proxy that tells the requests by which ``lake`` is reached from now on."""
    with ScriptedProxy(lake.endpoint) as proxy:
        configure(lake, endpoint_url=proxy.endpoint)
        yield proxy
