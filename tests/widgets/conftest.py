"""Explorers in pages that end with the test."""

from __future__ import annotations

import importlib
import warnings

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


@pytest.fixture(scope="session")
def gx():
    """Great Expectations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of deprecated things
        return importlib.import_module("great_expectations")
