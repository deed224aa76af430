"""Ctrl-C while a call lasts."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from contextlib import contextmanager

import pytest

MOST = 10.0
"""Seconds within which work ends, on a machine that is busy; 1 is what is meant."""


@contextmanager
def interrupted(seconds, is_time=lambda: True):
    """Press Ctrl-C after a time, and again each second: Python may drop one in a callback.

    The time begins as soon as `is_time`, which is asked again and again, says so. Gives what is
    raised.
    """
    ended = threading.Event()
    start = time.monotonic()

    def press():
        nonlocal start
        while not (is_time() or ended.wait(0.05)):
            pass
        start = time.monotonic()
        wait = seconds
        while not ended.wait(wait):
            os.kill(os.getpid(), signal.SIGINT)
            wait = 1

    pressing = threading.Thread(target=press)
    pressing.start()
    try:
        with pytest.raises(KeyboardInterrupt) as told:
            yield told
    finally:
        ended.set()
        pressing.join()
    gc.collect()
    assert time.monotonic() - start < seconds + MOST
