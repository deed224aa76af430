from __future__ import annotations

import pytest

from tests.services.databases import run
from tests.stores.postgres.faulty import configure, put_old


@pytest.fixture
def sql(postgres_url):
    """Run statements in a session of their own, as psql would; return the rows of the last.

    The same database is the store ``warehouse``.
    """
    configure(postgres_url)

    def execute(statement, values=None):
        return run(postgres_url, statement, values)

    return execute


@pytest.fixture
def orders(postgres_url):
    """The database ``warehouse``, whose table ``orders`` holds the old rows."""
    configure(postgres_url)
    put_old("append")
    return postgres_url
