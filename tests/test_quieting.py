from __future__ import annotations

import threading
import warnings
from contextlib import contextmanager

import pytest

from dkdata.quieting import quiet


def in_turns(first, second):
    """Enter the first, have the second entered by a thread, leave the first, then the second."""
    entered, left = threading.Event(), threading.Event()

    def work():
        with second():
            entered.set()
            left.wait(30)

    thread = threading.Thread(target=work)
    with first():
        thread.start()
        assert entered.wait(30)
    left.set()
    thread.join()


@contextmanager
def silenced():
    """What other libraries do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("pair", [(silenced, quiet), (quiet, silenced), (quiet, quiet)])
def test_filters_are_those_of_the_user_after_two_threads_were_quiet_in_turns(pair):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        in_turns(*pair)
        with pytest.raises(UserWarning, match="heard"):
            warnings.warn("heard", stacklevel=1)


def test_other_threads_hear_their_warnings():
    heard = []

    def warned():
        try:
            warnings.warn("heard", stacklevel=1)
        except UserWarning as warning:
            heard.append(str(warning))

    with quiet():
        warned()
        thread = threading.Thread(target=warned)
        thread.start()
        thread.join()
    assert heard == ["heard"]


def test_it_is_quiet_within_filters_that_were_set_later():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with quiet():
            warnings.warn("unheard", stacklevel=1)
        warnings.simplefilter("error")
        with quiet():
            warnings.warn("unheard", stacklevel=1)
        assert len(warnings.filters) == len(set(map(id, warnings.filters)))
