"""``explore`` runs cells in JupyterLab and gives the explorer that the last one shows."""

from __future__ import annotations

import pytest

from tests.browser.explorer.shown import PREPARE, Shown
from tests.browser.kernels import CURRENT


@pytest.fixture
def explore(lab):
    """Return a function that runs cells and gives what the last one shows."""

    def shown(*cells, kernel=CURRENT):
        lab.open(PREPARE, *cells, kernel=kernel)
        lab.run()
        return Shown(lab, len(cells))

    return shown
