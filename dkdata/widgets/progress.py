"""The card that shows in a notebook how far long work is, with a button that cancels it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anywidget
import traitlets
from IPython.display import display

if TYPE_CHECKING:
    from dkdata.ongoing import Ongoing

_STATIC: Final = Path(__file__).parent / "static"


class ProgressCard(anywidget.AnyWidget):
    """What the page shows of work that goes on.

    Attributes
    ----------
    work
        What goes on: title, unit, total (-1 is unknown), done, seconds; at its end the line.
    """

    _esm = _STATIC / "progress.js"

    work = traitlets.Dict().tag(sync=True)

    def __init__(self, work: Ongoing) -> None:
        super().__init__(work=_told(work))
        self._going = work
        self.on_msg(self._asked)
        _answer_at_once(self)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take nothing from a page: it only shows."""

    def _asked(self, _: Any, content: Any, __: Any) -> None:  # noqa: ANN401 - of ipywidgets
        if isinstance(content, dict) and content.get("kind") == "cancel":
            self._going.cancel()


class Card:
    """A card in the output of a cell, in whose place is one line at the end."""

    def __init__(self, work: Ongoing) -> None:
        self._work = work
        self._card = ProgressCard(work)
        self._place = f"dk-{uuid.uuid4().hex}"
        bundle, metadata = self._card._repr_mimebundle_() or ({}, {})
        shown = {**bundle, "text/plain": f"{work.title} …"}
        display(shown, metadata=metadata, raw=True, display_id=self._place)

    def update(self, work: Ongoing) -> None:
        """Show how far the work is."""
        self._card.work = _told(work)

    def close(self, line: str) -> None:
        """Put the line in the place of the card, which goes."""
        self._card.work = {**_told(self._work), "line": line}
        display({"text/plain": line}, raw=True, display_id=self._place, update=True)
        self._card.close()


def _told(work: Ongoing) -> dict[str, Any]:
    return {
        "title": work.title,
        "unit": work.unit,
        "total": -1 if work.total is None else work.total,
        "done": work.done,
        "seconds": round(work.seconds, 1),
    }


def _answer_at_once(card: ProgressCard) -> None:
    """Let the page's messages reach the card while a cell runs.

    Pages send them to a subshell of the kernel, which has a thread of its own; later versions of
    ipykernel hand them to the shell that last sent something, which is the one that is busy.
    """
    card.comm._reply_subshell_for = lambda _, default: default  # noqa: SLF001
