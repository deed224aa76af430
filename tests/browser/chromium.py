"""Where Chromium is, and how it comes to a machine that lacks it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from tests.services import debian
from tests.services.places import UnavailableError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

VARIABLE = "DKDATA_TEST_CHROMIUM"
# Whatever is not this machine cannot be reached, not even by a request that no page reports.
_OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--enable-precise-memory-info",
    "--no-first-run",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PACKAGES = ("chromium", "fonts-dejavu-core")


def program(*, install: bool) -> str:
    """Return the path of the browser.

    Where there is none, Debian's is installed if that is wanted and we are root.
    """
    if given := os.environ.get(VARIABLE):
        if found := shutil.which(given):
            return found
        message = f"{VARIABLE} names {given!r}, which is no program"
        raise UnavailableError(message)
    if not (found := _on_path()) and install and debian.can_install():
        with debian.installing("Chromium") as install_packages:
            install_packages(*_PACKAGES)
        found = _on_path()
    if not found:
        message = (
            f"there is no {', '.join(_NAMES)} on the PATH. Install one (Debian: apt-get install "
            f"{' '.join(_PACKAGES)}), or set {VARIABLE} to the path of one"
        )
        raise UnavailableError(message)
    return found


def _on_path() -> str | None:
    return next(filter(None, map(shutil.which, _NAMES)), None)


def launched(playwright: Playwright, path: str) -> Browser:
    """Start the browser, without a window and without a network."""
    return playwright.chromium.launch(executable_path=path, args=[_OFFLINE, *_QUIET])
