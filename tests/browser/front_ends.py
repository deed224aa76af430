"""Shows cells in Voila and marimo. (Notebook 7 is driven as JupyterLab is.)"""

from __future__ import annotations

import os
import sys
import textwrap
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser import serving
from tests.browser.kernels import CURRENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.browser.jupyter import Jupyter
    from tests.browser.watching import Watch

# Voila's own page asks these for its icons and for MathJax ...
_ASKED_BY_VOILA = ("https://cdn.jsdelivr.net/npm/@fortawesome/", "https://cdnjs.cloudflare.com/")
# ... and lacks what an extension that Notebook 7 brings for JupyterLab wants.
_REPORTED_BY_VOILA = ("getter for the shared module", "@jupyter-notebook/lab-extension")
_START_MILLISECONDS = 60_000
_ROOT = Path(__file__).parent.parent.parent


def show_in_voila(page: Page, jupyter: Jupyter, watch: Watch, *cells: str) -> None:
    """Run the cells and show what they show, without what they are."""
    watch.ignore(*_ASKED_BY_VOILA, *_REPORTED_BY_VOILA)
    address = jupyter.address("voila/render", jupyter.written(cells, CURRENT))
    page.goto(address, timeout=_START_MILLISECONDS)  # it answers once the cells have run


@contextmanager
def shown_in_marimo(page: Page, folder: Path, *cells: str) -> Iterator[None]:
    """Serve the cells as an app, which shows the last expression of each."""
    blocks = ["import marimo\n\napp = marimo.App()\n"]
    blocks += [f"@app.cell\ndef _():\n{textwrap.indent(cell, '    ')}\n" for cell in cells]
    (folder / "app.py").write_text("\n".join(blocks))

    def command(port: int) -> list[str]:
        run = [sys.executable, "-m", "marimo", "run", "app.py", "--headless", "--no-token"]
        return [*run, "--host", "127.0.0.1", "--port", str(port)]

    environment = os.environ | {"HOME": str(folder), "PYTHONPATH": str(_ROOT)}
    with serving.started(command, "/health", folder, environment) as url:
        page.goto(url)
        yield
        page.goto("about:blank")  # else it would report that its server has gone
