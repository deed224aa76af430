"""Nothing that a page does wrong goes unnoticed."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.browser import evidence

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def other_machine():
    """A server that is not this machine, as far as the browser may know."""
    asked = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """Be silent."""

    with ThreadingHTTPServer(("127.0.0.2", 0), Answers) as server:
        threading.Thread(target=server.serve_forever).start()
        server.asked = asked
        server.place = f"127.0.0.2:{server.server_address[1]}"
        yield server
        server.shutdown()


ASKED = {
    "image": "<img src='http://{place}/image'>",
    "style": "<link rel=stylesheet href='http://{place}/style'>",
    "fetch": "<script>fetch('http://{place}/fetch', {{mode: 'no-cors'}}).catch(() => 0)</script>",
    "socket": "<script>new WebSocket('ws://{place}/socket')</script>",
    "frame": "<iframe src='http://{place}/frame'></iframe>",
}


@pytest.mark.parametrize("kind", ASKED)
def test_another_machine_is_not_reached_and_the_attempt_is_noted(page, watch, other_machine, kind):
    urlopen(f"http://{other_machine.place}/by-us").close()
    page.set_content(ASKED[kind].format(place=other_machine.place))
    assert watch.take_refused(f"/{kind}$").endswith(f"://{other_machine.place}/{kind}")
    page.wait_for_timeout(200)
    assert other_machine.asked == ["/by-us"]


def test_errors_that_are_expected_are_taken(page, watch):
    page.set_content("<script>console.error('one'); console.error('two')</script>")
    assert watch.take_error("^two") == "two"
    watch.ignore("one")
    assert watch.complaints() == []


def test_what_goes_wrong_in_a_page_fails_its_test_and_leaves_a_picture():
    run = [sys.executable, "-m", "pytest", "-p", "no:randomly", "--durations=0"]
    planted = Path(__file__).with_name("planted.py")
    done = subprocess.run([*run, planted], cwd=ROOT, check=False, capture_output=True, text=True)
    assert " 1 failed, 4 passed, 4 errors in " in done.stdout.splitlines()[-1], done.stdout
    assert re.findall(r"^(?:the page|E +AssertionError).*", done.stdout, re.MULTILINE) == [
        "the page reports: thrown",
        "the page reports: rejected",
        "the page reports: said",
        "the page asks another machine: https://cdn.example/logo.png",
        "E       AssertionError: assert 'kept' == 'lost'",
    ]
    kept = sorted(evidence.FOLDER.glob("planted.py_*.png"))
    assert len(kept) == 5
    assert "<p>kept" in evidence.FOLDER.joinpath("planted.py_test_an_assertion.html").read_text()
    for image in kept:
        image.unlink()
        image.with_suffix(".html").unlink()
