"""Processes forked from one that has imported everything and started nothing."""

from __future__ import annotations

import os
import pickle
import signal
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

STARTED, DONE, INTERRUPTED = b"s", b"d", b"i"


def begin(work: Callable[[], Any], seconds: float = 120) -> Callable[[], Any]:
    """Start ``work`` in a process of its own; what is returned waits for its result.

    An error of ``work`` is raised there, as is a death or too long a life of the process.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        signal.alarm(int(seconds))
        _answer(writing, work)
    os.close(writing)

    def finish() -> Any:
        with os.fdopen(reading, "rb") as answer:
            told = answer.read()
        os.waitpid(child, 0)
        if not told:
            message = f"the process died or did not end within {seconds:.0f} s"
            raise TimeoutError(message)
        result, error = pickle.loads(told)  # noqa: S301 - from our own child
        if error:
            raise RuntimeError(error)
        return result

    return finish


def call(work: Callable[[], Any], seconds: float = 120) -> Any:
    """Return what ``work`` returns in a process of its own."""
    return begin(work, seconds)()


def together(jobs: list[Callable[[], Any]], seconds: float) -> tuple[list[Any], list[str]]:
    """Return what jobs that run at the same time return (``None`` where one fails), and faults."""
    results, faults = [], []
    for finish in [begin(job, seconds) for job in jobs]:
        try:
            results.append(finish())
        except (RuntimeError, TimeoutError) as error:
            results.append(None)
            faults.append(str(error))
    return results, faults


def _answer(writing: int, work: Callable[[], Any]) -> None:
    try:
        answer: tuple[Any, str | None] = work(), None
    except BaseException as error:  # noqa: BLE001 - told to the process that waits
        answer = None, f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
    with os.fdopen(writing, "wb") as pipe:
        pickle.dump(answer, pipe)
    os._exit(0)


@dataclass(frozen=True)
class Stopped:
    """A process that was struck: whether it had finished, and how long it lived on."""

    acknowledged: bool
    interrupted: bool
    lived_on: float
    took: float
    error: str = ""


Strike: TypeAlias = "Callable[[int], object]"


def sending(sent: signal.Signals) -> Strike:
    """Return what sends a process a signal, if it is still there."""

    def send(child: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, sent)

    return send


def stop(work: Callable[[], Any], after: float | None, strike: Strike) -> Stopped:
    """Run ``work`` in a process of its own and strike at it ``after`` seconds.

    Without ``after`` it runs to its end.

    Parameters
    ----------
    strike
        Gets the id of the process.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" has it ignored
        _report(writing, work)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        if told.read(1) != STARTED:
            message = "the process died before it started"
            raise RuntimeError(message)
        started = time.perf_counter()
        if after is not None:
            time.sleep(after)
            strike(child)
        signalled = time.perf_counter()
        said = told.read()
        os.waitpid(child, 0)
    ended = time.perf_counter()
    return Stopped(
        DONE in said[:1],
        INTERRUPTED in said[:1],
        ended - signalled,
        ended - started,
        said[1:].decode(),
    )


def _report(writing: int, work: Callable[[], Any]) -> None:
    os.write(writing, STARTED)
    try:
        work()
        told = DONE
    except KeyboardInterrupt as error:
        told = INTERRUPTED + str(error).encode()
    except BaseException as error:  # noqa: BLE001 - told to the process that waits
        told = b"e" + f"{type(error).__name__}: {error}".encode()
    with suppress(KeyboardInterrupt):
        os.write(writing, told)
    os._exit(0)
