"""Fixtures that give a test an empty database on a real server.

A test that asks for ``postgres_url`` runs once for each version. One version alone:
``@pytest.mark.parametrize("postgres_url", ["postgres18"], indirect=True)``.
"""

from __future__ import annotations

import os
from contextlib import ExitStack

import pytest

from tests.services import databases, harness
from tests.services.harness import SERVICES
from tests.services.places import UnavailableError


class _Session:
    """What one test session uses: a database of its own on each server that a test asks for."""

    def __init__(self, stack):
        self._stack = stack
        self._known = {}

    def database(self, name):
        if name not in self._known:
            self._known[name] = self._opened(SERVICES[name])
        found = self._known[name]
        if isinstance(found, databases.Database):
            return found
        if is_required():
            pytest.fail(found, pytrace=False)
        pytest.skip(found)

    def _opened(self, service):
        try:
            state = self._stack.enter_context(harness.used(service, start=is_required()))
        except UnavailableError as error:
            return str(error)
        if state is None:
            return f"{service.name} does not run: `make services`, or set {service.variable}"
        return self._stack.enter_context(databases.created(state.url))


def is_required():
    """Return whether a server that is missing is started, and is a failure where that fails."""
    return os.environ.get("DKDATA_TEST_REQUIRE") == "all"


@pytest.fixture(scope="session")
def _servers():
    with ExitStack() as stack:
        yield _Session(stack)


@pytest.fixture(params=list(SERVICES))
def postgres_url(request, _servers):
    """The URL of a database of this session, empty, as a superuser."""
    database = _servers.database(request.param)
    yield database.url
    if held := database.empty():
        pytest.fail(f"this session of the test still held locks: {held}", pytrace=False)
