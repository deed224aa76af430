"""Long work is shown: not at first, then by a card in notebooks or a bar, at its end by a line."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final, Protocol

from dkdata import ongoing
from dkdata.errors import UsageError
from dkdata.ongoing import Ongoing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.validation import Result

_QUIET_SECONDS: Final = 2.0
"""Shorter work is not shown at all."""
_STEP_SECONDS: Final = 0.2
"""Between two looks at the work; users see no more than ten a second."""


class Display(Protocol):
    """Where work is shown while it goes on."""

    def update(self, work: Ongoing) -> None:
        """Show how far it is."""
        ...

    def close(self, line: str) -> None:
        """Leave one line in place of what was shown."""
        ...


class Watch:
    """The thread that shows work from when it has gone on for long until it ends.

    It looks for itself whether the work is over: an interrupt may come before ``end``.
    """

    def __init__(self, work: Ongoing) -> None:
        self._work = work
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._show,), name="dkdata-progress", daemon=True
        )
        self._thread.start()

    def _show(self) -> None:
        work = self._work
        if self._ended.wait(_QUIET_SECONDS) or work.is_over:
            return
        display = display_of(work)
        while not (self._ended.wait(_STEP_SECONDS) or work.is_over):
            display.update(work)
        display.close(work.line or f"{work.title}: done in {in_words(work.seconds)}")

    def end(self) -> None:
        """Show the work no more; if it was shown, leave its line."""
        self._ended.set()
        self._thread.join()


def display_of(work: Ongoing) -> Display:
    """Return where work is shown: a card in a notebook, a bar on the terminal elsewhere."""
    if in_notebook():
        from dkdata.widgets.progress import Card  # noqa: PLC0415 - loads ipywidgets

        return Card(work)
    return Bar(work)


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this, which shows more than text."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


class Bar:
    """A bar of text on standard error."""

    def __init__(self, work: Ongoing) -> None:
        from tqdm.auto import tqdm  # noqa: PLC0415 - on use

        # It is drawn by the thread that watches the work, and needs none that stays behind.
        drawn = type("Bar", (tqdm,), {"monitor_interval": 0})
        self._bar = drawn(
            desc=work.title, unit=f" {work.unit}", total=work.total, initial=work.done, leave=False
        )
        self._bar.start_t -= work.seconds

    def update(self, work: Ongoing) -> None:
        """Draw the bar anew."""
        bar = self._bar
        bar.unit, bar.total, bar.n = f" {work.unit}", work.total, work.done
        bar.refresh()

    def close(self, line: str) -> None:
        """Put the line in the place of the bar."""
        self._bar.close()
        self._bar.write(line, file=sys.stderr)


@contextmanager
def shown(title: str, *, progress: bool | None) -> Iterator[Ongoing]:
    """Show what is done inside as long work, of which all that it calls is a part.

    Parameters
    ----------
    progress
        ``False`` shows nothing.

    Examples
    --------
    >>> with shown("counting sheep", progress=None) as work:
    ...     work.advance(3)
    ...     work.line = "3 sheep"
    """
    from dkdata import engine  # noqa: PLC0415 - loads DuckDB

    if progress not in (None, True, False):
        raise UsageError.choice("progress", progress, [None, True, False])
    work = Ongoing(title)
    watch = None
    try:
        within = work.part_of
        if progress is not False and (within is None or not within.is_shown):
            watch = Watch(work)
        with ongoing.within(work), engine.interruptible():
            yield work
    except KeyboardInterrupt as interrupt:
        work.line = f"{title}: cancelled after {in_words(work.seconds)}"
        if interrupt.args:
            raise
        message = f"{title}: interrupted{work.outcome and f'; {work.outcome}'}."
        raise KeyboardInterrupt(message) from interrupt
    except BaseException:
        work.line = f"{title}: failed after {in_words(work.seconds)}"
        raise
    finally:
        work.is_over = True
        work.end()
        if watch is not None:
            watch.end()


def validated(
    frame: Any,  # noqa: ANN401 - any frame or table
    suite: Any,  # noqa: ANN401 - a suite in any form
    label: str,
    *,
    progress: bool | None,
    **options: Any,  # noqa: ANN401 - of ``validate``
) -> Result:
    """Return what ``validate`` does, shown as long work on what the label names."""
    from dkdata import validation  # noqa: PLC0415 - loads the kernels

    with shown(f"validating {label}", progress=progress) as work:
        result = validation.validate(frame, suite, **options)
        counts = result.statistics
        met, every = counts["successful_expectations"], counts["evaluated_expectations"]
        took = in_words(work.seconds)
        work.line = f"validated {label}: {met:,} of {every:,} expectations met in {took}"
    return result


def rows_in(count: int, seconds: float) -> str:
    """Return a number of rows as ``shown`` tells it at the end: how long they took, how fast.

    Examples
    --------
    >>> rows_in(1_000_000, 4.2)
    '4.2 s, 238 k rows/s'
    """
    return f"{in_words(seconds)}, {_short(count / max(seconds, 0.001))} rows/s"


def in_words(seconds: float) -> str:
    """Return a duration.

    Examples
    --------
    >>> in_words(4.21), in_words(125.0)
    ('4.2 s', '2 min 5 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _short(number: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            scaled = number / size
            return f"{scaled:.0f} {letter}" if scaled >= 10 else f"{scaled:.1f} {letter}"  # noqa: PLR2004
    return f"{number:.0f}"
