"""A store on a real server."""

from __future__ import annotations

import pytest

import dkdata as dk


@pytest.fixture
def warehouse(postgres_url):
    """Configure a PostgreSQL database as the store ``warehouse``; return its URL."""
    dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": postgres_url}}})
    return postgres_url
