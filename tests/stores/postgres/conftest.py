from __future__ import annotations

import pytest

import dkdata as dk
from tests.services.databases import run


@pytest.fixture
def sql(postgres_url):
    """Run statements in a session of their own, as psql would; return the rows of the last.

    The same database is the store ``warehouse``.
    """
    dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": postgres_url}}})

    def execute(statement, values=None):
        return run(postgres_url, statement, values)

    return execute
