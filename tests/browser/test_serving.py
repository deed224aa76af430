"""A server runs as long as its test does, and no longer."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser import serving
from tests.services.places import UnavailableError
from tests.services.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent


def _listing(port):
    return [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]


def _within_another(port):
    return ["sh", "-c", f"{' '.join(_listing(port))} & wait"]


def _connected(url):
    place = urlsplit(url)
    return socket.create_connection((place.hostname, place.port), timeout=5)


def _ends(url):
    def refused():
        try:
            _connected(url).close()
        except ConnectionRefusedError:
            return True
        return False

    return wait_until(refused, f"{url} still takes connections")


@pytest.mark.parametrize("command", [_listing, _within_another])
def test_a_server_and_what_it_has_started_end_with_it(tmp_path, command):
    (tmp_path / "here").touch()
    with serving.started(command, "/here", tmp_path, os.environ) as url:
        _connected(url).close()
    assert _ends(url)


def test_a_server_that_does_not_start_says_why(tmp_path):
    fails = ["sh", "-c", "echo no such folder; exit 3"]
    with (
        pytest.raises(UnavailableError, match=r"(?s)has ended with status 3:\nno such folder"),
        serving.started(lambda _: fails, "/", tmp_path, os.environ),
    ):
        pass


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv")
def test_the_server_of_a_killed_test_ends(tmp_path):
    code = f"""import os, pathlib, signal
from tests.browser import serving, test_serving
folder = pathlib.Path({str(tmp_path)!r})
with serving.started(test_serving._listing, "/", folder, os.environ) as url:
    print(url, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)"""
    run = [sys.executable, "-c", code]
    told = subprocess.run(run, cwd=ROOT, check=False, capture_output=True, text=True)
    assert _ends(told.stdout.strip())
