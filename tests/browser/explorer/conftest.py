"""``explore`` runs cells in JupyterLab and gives the explorer that the last one shows."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.browser.explorer.shown import PREPARE, Shown
from tests.browser.kernels import CURRENT
from tests.browser.lab import Lab
from tests.browser.looking_after import SIZE, check, profile
from tests.browser.watching import Watch


class Window:
    """A page of JupyterLab that tests open their notebooks in, one after the other.

    To load it takes longer than most tests. After one that failed, it is loaded anew.
    """

    def __init__(self, browser, server):
        self._browser = browser
        self._server = server
        self._opened = ExitStack()
        self._lab = None

    @property
    def lab(self):
        if self._lab is None:
            context = self._opened.enter_context(profile(self._browser))
            watch = Watch(context)
            self._lab = Lab(context.new_page(), self._server, watch)
        return self._lab

    def close(self):
        self._opened.close()
        self._server.forget()
        self._lab = None


@pytest.fixture(scope="module")
def window(browser, jupyter_server):
    """A page of JupyterLab for all tests of a module."""
    window = Window(browser, jupyter_server)
    yield window
    window.close()


@pytest.fixture
def explore(request, window):
    """Return a function that runs cells and gives what the last one shows."""
    lab = window.lab

    def shown(*cells, kernel=CURRENT):
        lab.page.set_viewport_size(SIZE)
        lab.page.mouse.move(0, 0)  # what is under it looks otherwise
        lab.open(PREPARE, *cells, kernel=kernel)
        lab.run()
        return Shown(lab, len(cells))

    yield shown
    is_well = False
    try:
        is_well = check(request.node, lab.page, lab.watch)
    finally:
        if is_well:
            lab.close()
        else:
            window.close()
