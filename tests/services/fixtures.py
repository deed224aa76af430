"""Fixtures that give a test a real server, or an empty database or bucket on one.

A test that asks for ``postgres_url`` runs on a version that ``spreading`` chooses, as does one that
asks for ``own_postgres``, a server that it has for itself. A certain version:
``@pytest.mark.parametrize("postgres_url", ["postgres18"], indirect=True)``.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager

import pytest

from tests.services import databases, harness, owned
from tests.services.harness import ELASTICSEARCH, POSTGRES, SERVICES
from tests.services.places import UnavailableError
from tests.services.s3 import buckets


def is_required():
    """Return whether a server that is missing is started, and is a failure where that fails."""
    return os.environ.get("DKDATA_TEST_REQUIRE") == "all"


def lacking(reason):
    if is_required():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


class _Session:
    """What one test session uses of each server that a test asks for.

    Of PostgreSQL it is a database of its own, else the whole server: tests of S3 have buckets.
    """

    def __init__(self, stack):
        self._stack = stack
        self._urls = {}
        self._reasons = {}

    def url(self, name):
        if name not in self._urls | self._reasons:
            try:
                self._urls[name] = self._opened(SERVICES[name])
            except UnavailableError as error:
                self._reasons[name] = str(error)
        return self._urls.get(name) or lacking(self._reasons[name])

    def _opened(self, service):
        state = self._stack.enter_context(harness.used(service, start=is_required()))
        if state and service.name not in POSTGRES:
            return state.url
        if state:
            return self._stack.enter_context(databases.created(state.url))
        message = f"{service.name} does not run: `make services`, or set {service.variable}"
        raise UnavailableError(message)


@pytest.fixture(scope="session")
def _servers():
    with ExitStack() as stack:
        yield _Session(stack)


@pytest.fixture(params=list(POSTGRES))
def postgres_url(request, _servers):
    """The URL of a superuser's empty database."""
    url = _servers.url(request.param)
    yield url
    if held := databases.empty(url):
        pytest.fail(f"a session of this test still held locks: {held}", pytrace=False)


# On which servers: DKDATA_TEST_BUCKETS=versitygw takes another.
_BUCKETS = os.environ.get("DKDATA_TEST_BUCKETS", "minio localstack").split()


@pytest.fixture(params=_BUCKETS)
def bucket(request, _servers):
    """An empty bucket, of whose server the test knows the key that may do everything."""
    with buckets.created(request.param, _servers.url(request.param)) as made:
        yield made


@pytest.fixture(scope="session")
def elasticsearch_url(_servers):
    """The URL of the user who may do everything, on a server that other tests use, too."""
    return _servers.url(ELASTICSEARCH.name)


@contextmanager
def own(service, **settings):
    """Give a server with these settings that somebody has for himself."""
    try:
        programs = service.programs(install=is_required())
    except UnavailableError as error:
        lacking(f"{service.name}: {error}")
    with owned.started(service, programs, **settings) as server:
        yield server


@pytest.fixture(params=list(POSTGRES))
def own_postgres(request):
    """A server that the test may kill, fill and reconfigure."""
    with own(SERVICES[request.param]) as server:
        yield server


@pytest.fixture
def own_elasticsearch():
    """A server that the test may kill and reconfigure."""
    with own(ELASTICSEARCH) as server:
        yield server
