"""A widget as small as can be, by which the harness is tested without the widgets of dkdata."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets


class Counter(anywidget.AnyWidget):
    """Counts clicks in a trait, and answers messages."""

    _esm = Path(__file__).with_suffix(".js")
    _css = Path(__file__).with_suffix(".css")
    count = traitlets.Int(0).tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.on_msg(self._answer)

    def _answer(self, _widget: Counter, message: dict[str, str], _buffers: list[bytes]) -> None:
        self.send({"kind": message["kind"], "text": message["text"][::-1]})
