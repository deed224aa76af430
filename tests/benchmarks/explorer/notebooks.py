"""A browser and a Jupyter server for the whole run, with a profile of its own per notebook page."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.browser import jupyter as servers
from tests.browser.kernels import OLDER
from tests.browser.lab import Lab
from tests.browser.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.benchmarks.explorer.values import Values
    from tests.browser.jupyter import Jupyter

_SIZE = {"width": 1300, "height": 900}
_MILLISECONDS = 120_000


class Notebooks:
    """Opens pages of JupyterLab; what is measured there is noted in ``values``."""

    def __init__(self, values: Values, browser: Browser, server: Jupyter) -> None:
        self.values = values
        self._browser = browser
        self._server = server

    @contextmanager
    def lab(self) -> Iterator[Lab]:
        """Give a page of JupyterLab; its kernels end with it."""
        context = self._browser.new_context(viewport=_SIZE)
        context.set_default_timeout(_MILLISECONDS)
        watch = Watch(context)
        try:
            yield Lab(context.new_page(), self._server, watch)
        finally:
            context.close()
            self._server.forget()


@contextmanager
def started(values: Values) -> Iterator[Notebooks]:
    """Start the browser and the server."""
    path = chromium.program(install=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.started(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        server.add_kernel(OLDER, install=True)
        browser = chromium.launched(playwright, path)
        yield Notebooks(values, browser, server)
        browser.close()
