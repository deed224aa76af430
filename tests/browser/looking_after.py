"""Pages that tests use: each in a profile of its own, and kept where a test fails."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import Error

from tests.browser import evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browser.watching import Watch

MILLISECONDS: Final = 20_000
"""For which what a page is to show is waited for."""
SIZE: Final = {"width": 1300, "height": 900}

_HAS_DONE_WHAT_IS_DUE: Final = "() => new Promise(resolve => setTimeout(resolve))"
_has_failed = pytest.StashKey[bool]()


@contextmanager
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """Give a profile of its own to what is done with a browser meanwhile."""
    context = browser.new_context(viewport=SIZE)
    context.set_default_timeout(MILLISECONDS)
    yield context
    context.close()


def note(item: pytest.Item, report: pytest.TestReport) -> None:
    """Note whether a part of a test has failed."""
    item.stash[_has_failed] = item.stash.get(_has_failed, False) or report.failed


def check(item: pytest.Item, page: Page, watch: Watch) -> bool:
    """Fail a test for what its page reports; return whether all is well.

    The page of a test that fails is kept in ``build/browser/``.
    """
    with suppress(Error):  # a page that has crashed reports nothing any more
        page.evaluate(_HAS_DONE_WHAT_IS_DUE)
    page.wait_for_timeout(0)  # what the page has reported arrives
    complaints = watch.complaints()
    has_failed = item.stash.get(_has_failed, False)
    if complaints or has_failed:
        kept = evidence.keep(page, item.nodeid)
        if complaints:
            pytest.fail("\n".join([*complaints, f"see {kept}"]), pytrace=False)
    return not has_failed
