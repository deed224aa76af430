"""Fixtures of a browser: ``lab`` is a page of JupyterLab, ``page`` an empty one.

Every test has a page, a notebook and a kernel of its own. It fails where the page reports an error
or asks another machine for something, unless the test has taken that from ``watch``.
"""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser import axe, chromium, looking_after
from tests.browser import jupyter as servers
from tests.browser.kernels import CURRENT, KERNELS
from tests.browser.lab import Lab
from tests.browser.watching import Watch
from tests.services.fixtures import is_required, lacking
from tests.services.places import UnavailableError

expect.set_options(timeout=looking_after.MILLISECONDS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    looking_after.note(item, report)
    return report


@pytest.fixture(scope="module")
def browser():
    """Chromium; it ends with its module, for while it runs no test can use an event loop."""
    try:
        path = chromium.program(install=is_required())
    except UnavailableError as error:
        lacking(str(error))
    with sync_playwright() as playwright:
        running = chromium.launched(playwright, path)
        yield running
        running.close()


@pytest.fixture(scope="session")
def jupyter_server(tmp_path_factory):
    """A Jupyter server, for all tests of this process."""
    with servers.started(tmp_path_factory.mktemp("jupyter")) as server:
        yield server


@pytest.fixture
def jupyter(jupyter_server):
    """The server as if it had just been started."""
    yield jupyter_server
    jupyter_server.forget()


@pytest.fixture
def context(browser):
    """A browser's profile of its own."""
    with looking_after.profile(browser) as context:
        yield context


@pytest.fixture
def watch(context):
    """What pages report and ask for."""
    return Watch(context)


@pytest.fixture
def page(request, context, watch):
    """An empty page, kept in ``build/browser/`` where the test fails."""
    page = context.new_page()
    yield page
    looking_after.check(request.node, page, watch)


@pytest.fixture
def lab(jupyter, page, watch):
    """A page of JupyterLab, which opens new notebooks."""
    return Lab(page, jupyter, watch)


@pytest.fixture
def notebook7(jupyter, page, watch):
    """A page of Notebook 7, which shows one notebook."""
    return Lab(page, jupyter, watch, place="notebooks")


@pytest.fixture
def violations():
    """Return what axe-core has against an element: ``violations(lab.output(1)) == []``."""
    try:
        return partial(axe.violations, script=axe.script(install=is_required()))
    except UnavailableError as error:
        lacking(str(error))


@pytest.fixture(params=KERNELS)
def kernel(request, jupyter_server):
    """The name of a kernel for ``lab.open(..., kernel=kernel)``: the test runs for each."""
    if request.param != CURRENT:
        try:
            jupyter_server.add_kernel(request.param, install=is_required())
        except UnavailableError as error:
            lacking(str(error))
    return request.param
