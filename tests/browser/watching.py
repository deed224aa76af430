"""What a page says and asks for while a test uses it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, WebSocket

_SECONDS = 20
_WITHIN = ("about", "blob", "data")
_HERE = ("127.0.0.1", "localhost")


def is_here(url: str) -> bool:
    """Return whether a URL needs this machine only.

    >>> [is_here(url) for url in ("ws://127.0.0.1:8/x", "data:,a", "https://cdn.example/a.js")]
    [True, True, False]
    """
    parts = urlsplit(url)
    return parts.scheme in _WITHIN or parts.hostname in _HERE


class Watch:
    """Collects errors, requests beyond this machine, and the size of what websockets carry."""

    def __init__(self, context: BrowserContext) -> None:
        self.errors: list[str] = []
        self.refused: list[str] = []
        self.received = 0
        self.sent = 0
        self._context = context
        self._ignored: list[str] = []
        self._asked: set[str] = set()
        context.on("request", lambda request: self._asks(request.url))
        context.on("console", self._says)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("page", lambda page: page.on("websocket", self._opens))

    def _asks(self, url: str) -> None:
        if not is_here(url):
            self.refused.append(url)
            self._asked.add(url)

    def _says(self, message: ConsoleMessage) -> None:
        """Note an error, unless it is that of a request which is noted itself."""
        told = message.location["url"] + message.text
        if message.type == "error" and not any(url in told for url in self._asked):
            self.errors.append(message.text)

    def _opens(self, socket: WebSocket) -> None:
        self._asks(socket.url)
        socket.on("framereceived", self._receives)
        socket.on("framesent", self._sends)

    def _receives(self, frame: str | bytes) -> None:
        self.received += _size(frame)

    def _sends(self, frame: str | bytes) -> None:
        self.sent += _size(frame)

    def take_error(self, pattern: str) -> str:
        """Wait for an error that is expected, which then does not fail the test."""
        return self._taken(self.errors, pattern)

    def take_refused(self, pattern: str) -> str:
        """Wait for a request beyond this machine that is expected, and forget it."""
        return self._taken(self.refused, pattern)

    def _taken(self, noted: list[str], pattern: str) -> str:
        for _ in range(_SECONDS * 20):
            for place, text in enumerate(noted):
                if re.search(pattern, text):
                    return noted.pop(place)
            self._context.pages[0].wait_for_timeout(50)  # meanwhile pages report
        message = f"nothing matches {pattern!r} in {noted}"
        raise AssertionError(message)

    def ignore(self, *parts: str) -> None:
        """Let a front end report and ask for what has these parts: it is its own affair."""
        self._ignored += parts

    def complaints(self) -> list[str]:
        """Return what no test may leave behind."""
        told = [f"the page reports: {text}" for text in self.errors]
        told += [f"the page asks another machine: {url}" for url in self.refused]
        return [text for text in told if not any(part in text for part in self._ignored)]


def _size(frame: str | bytes) -> int:
    return len(frame.encode() if isinstance(frame, str) else frame)
