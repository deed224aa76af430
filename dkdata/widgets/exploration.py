"""An exploration: a source, its rows, its columns and the rules about it, and who works on them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from dkdata.widgets import naming, outcomes
from dkdata.widgets.looking import Looking
from dkdata.widgets.ruling import Ruling
from dkdata.widgets.viewing import Viewing
from dkdata.widgets.worker import Job, Urgency, Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from dkdata.validation import Suite
    from dkdata.widgets.sources.opening import Explored

_RULE = "rule "


class Exploration:
    """A source, its rows, its columns and the rules about it.

    Whatever is asked for is put into the queue of one of two threads: the desk answers the page
    and asks DuckDB, the asker asks the rules, which may take longer. No other thread works on the
    source, but for methods that return a result to Python.

    Parameters
    ----------
    publish
        Takes what changed, by the names of the traits of the explorer; called in any thread.
    """

    def __init__(self, source: Explored, suite: Suite, publish: Callable[..., object]) -> None:
        self.source = source
        self._publish = publish
        self._failed_lane: str | None = None
        self.desk = Worker(self._ended)
        self.asker = asker = Worker(self._ended, connects=False)
        self.looking = Looking(source, self.desk, asker, publish)
        self.ruling = Ruling(source, suite, asker, self.looking.suggested, publish)
        self.viewing = Viewing(source, self.desk, self.ruling.failing_of, publish)

    def start(self) -> None:
        """Begin to count the rows and to ask the rules."""
        self.viewing.count()
        self.ruling.ask()

    def refresh(self) -> None:
        """Forget what is known, and ask everything anew: the source may have changed."""
        self.viewing.forget()
        self.looking.forget()
        self.ruling.forget()

    def columns(self) -> dict[str, Any]:
        """Return what a page is told of the columns."""
        types = list(dict.fromkeys((c.dtype, c.kind, c.nullable) for c in self.source.columns))
        places = {one: number for number, one in enumerate(types)}
        return {
            "names": [naming.shown(column.label) for column in self.source.columns],
            "type": [places[c.dtype, c.kind, c.nullable] for c in self.source.columns],
            "types": [list(one) for one in types],
        }

    def do(self, work: Callable[[], object], urgency: Urgency = Urgency.EDIT) -> None:
        """Have something done in the thread of the desk."""
        self.desk.put(Job(urgency, "", lambda _: work()))

    def when_known(self, work: Callable[[], object]) -> None:
        """Have something done after all that is asked for now."""
        then = Job(Urgency.LAST, "known", lambda _: self.do(work, Urgency.LAST))
        self.asker.put(then)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do; return whether that is so."""
        end = None if timeout is None else time.monotonic() + timeout
        others = self._others
        while not all(worker.is_idle for worker in others):
            for worker in others:
                left = None if end is None else end - time.monotonic()
                if not worker.wait(left):
                    return False
        return True

    @property
    def _others(self) -> tuple[Worker, ...]:
        """The threads that this one can wait for: not itself, and none that may wait for it."""
        if self.asker.is_here:
            return ()
        return (self.asker,) if self.desk.is_here else (self.desk, self.asker)

    def close(self) -> None:
        """Stop what runs."""
        self.desk.close()
        self.asker.close()

    def _ended(self, lane: str, error: Exception | None) -> None:
        """Tell what was raised, until work of the same kind is done."""
        if error is None:
            if lane == self._failed_lane:
                self._failed_lane = None
                self._publish(status={"state": "idle", "text": ""})
            return
        reason = outcomes.reason_of(error)
        if lane.startswith(_RULE):
            self.ruling.put_error(lane.removeprefix(_RULE), reason)
        else:
            self._failed_lane = lane
            self._publish(status={"state": "error", "text": reason})
