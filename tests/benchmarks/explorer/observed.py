"""An explorer without a browser: what it sends is noted as soon as it is sent."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from comm.base_comm import BaseComm

from dkdata.widgets import SchemaExplorer

if TYPE_CHECKING:
    from collections.abc import Callable

_LIMIT_SECONDS = 120


class _Noting(BaseComm):
    """The end of a comm in the kernel, which wakes whoever waits for a message."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.changed = threading.Condition()
        super().__init__(target_name="jupyter.widget")

    def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
        """Note an answer; of states, that one was sent."""
        del msg_type
        with self.changed:
            if data and data.get("method") == "custom":
                self.answers.append(data["content"])
            self.changed.notify_all()


class Observed:
    """An explorer, and what it tells its page."""

    def __init__(self, data: object, suite: object = None) -> None:
        self.explorer = SchemaExplorer(data, suite)
        self._comm = self.explorer.comm = _Noting()
        self._ids = itertools.count(1)

    def until(self, known: Callable[[], object]) -> None:
        """Wait until something is known."""
        end = time.monotonic() + _LIMIT_SECONDS
        with self._comm.changed:
            while not known():
                self._comm.changed.wait(0.05)
                if time.monotonic() > end:
                    message = f"nothing after {_LIMIT_SECONDS} seconds: {self.explorer.status}"
                    raise TimeoutError(message)

    def put(self, **state: object) -> float:
        """Set traits as a page does; return the seconds until the new rows were sent."""
        before = self.explorer.head["epoch"]
        began = time.perf_counter()
        self.explorer.set_state(state)
        self.until(lambda: self.explorer.head["epoch"] > before)
        return time.perf_counter() - began

    def ask(self, kind: str, **content: object) -> tuple[float, dict[str, Any]]:
        """Send a request; return the seconds until the answer was sent, and the answer."""
        number = next(self._ids)
        began = time.perf_counter()
        self.explorer._handle_custom_msg({"kind": kind, "id": number, **content}, [])
        self.until(lambda: any(one["id"] == number for one in self._comm.answers))
        seconds = time.perf_counter() - began
        answer = next(one for one in self._comm.answers if one["id"] == number)
        if answer["kind"] == "error":
            raise RuntimeError(answer["text"])
        return seconds, answer

    def rest(self) -> None:
        """Wait until all is known."""
        if not self.explorer.wait(_LIMIT_SECONDS):
            message = f"the explorer still works after {_LIMIT_SECONDS} seconds"
            raise TimeoutError(message)

    def are_answered(self) -> bool:
        """Whether no rule waits."""
        return all(one["state"] != "waiting" for one in self.explorer.results.values())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.explorer.close()
