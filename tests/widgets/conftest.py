"""Explorers in pages that end with the test."""

from __future__ import annotations

import pytest

from tests.widgets.pages import Page


@pytest.fixture
def show():
    """Return a function that shows data in a page."""
    pages = []

    def made(data, suite=None, **options):
        pages.append(Page(data, suite, **options))
        return pages[-1]

    yield made
    for page in pages:
        page.close()
