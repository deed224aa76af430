"""How each tool shows a frame in a notebook, and by what one sees that it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.benchmarks.explorer.values import OURS


@dataclass(frozen=True)
class Tool:
    """A tool that shows frames.

    Parameters
    ----------
    imports
        Code that loads it.
    show
        Code that shows ``frame``.
    first
        A selector of what there is once the first rows are shown.
    """

    name: str
    imports: str
    show: str
    first: str


EXPLORER: Final = Tool(
    OURS, "import dkdata as dk\nimport dkdata.widgets", "explorer = dk.explore(frame)\nexplorer",
    '[aria-label="Rows of the data"] [role=gridcell]',
)  # fmt: skip
QUAK: Final = Tool("quak", "import quak", "quak.Widget(frame)", "tbody td")
ITABLES: Final = Tool(
    "itables", "import itables\nitables.init_notebook_mode(connected=False)",
    "itables.show(frame)", "tbody td",
)  # fmt: skip
SKRUB: Final = Tool(
    "skrub", "import skrub", "skrub.TableReport(frame, verbose=0)", "tbody td",
)  # fmt: skip
PEERS: Final = (QUAK, ITABLES, SKRUB)
