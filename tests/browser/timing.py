"""What the display of a cell costs: time, bytes, memory and nodes. Run nothing else meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.browser.kernels import CURRENT

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.lab import Lab

_QUIET_SECONDS = 1.5
_LIMIT_SECONDS = 120
_NODES = """element => {
    const count = root => [...root.querySelectorAll("*")].reduce(
        (sum, node) => sum + 1 + (node.shadowRoot ? count(node.shadowRoot) : 0), 0);
    return count(element);
}"""


@dataclass(frozen=True)
class Display:
    """What it took until something was to be seen, and until nothing came any more."""

    seconds: float
    received: int
    settled_seconds: float
    settled_received: int
    heap: int
    nodes: int


def display(lab: Lab, cell: int, selector: str) -> Display:
    """Run a cell; measure until its output has something visible that the selector finds."""
    heap_before, received_before = heap(lab.page), lab.watch.received
    began = time.perf_counter()
    lab.start(cell)
    found = lab.output(cell).locator(selector).first
    found.wait_for(timeout=_LIMIT_SECONDS * 1000)
    seconds, received = time.perf_counter() - began, lab.watch.received - received_before
    settled = settle(lab) - began
    return Display(
        seconds,
        received,
        max(seconds, settled),
        lab.watch.received - received_before,
        heap(lab.page) - heap_before,
        nodes(lab.output(cell)),
    )


def settle(lab: Lab) -> float:
    """Wait until the websockets are quiet; return since when they are, by `perf_counter`."""
    end = time.perf_counter() + _LIMIT_SECONDS
    last, received = time.perf_counter(), lab.watch.received
    while time.perf_counter() - last < _QUIET_SECONDS:
        lab.page.wait_for_timeout(20)
        if lab.watch.received != received:
            last, received = time.perf_counter(), lab.watch.received
        if last > end:
            message = f"the kernel still sends after {_LIMIT_SECONDS} seconds"
            raise TimeoutError(message)
    return last


def heap(page: Page) -> int:
    """Return the bytes of the page's JavaScript that are in use."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return int(used)


def nodes(element: Locator) -> int:
    """Return how many elements there are in one, open shadow roots included."""
    return int(element.evaluate(_NODES))


def renders(lab: Lab, count: int, *cells: str, selector: str, kernel: str = CURRENT) -> int:
    """Return in how many of so many new notebooks and kernels the last cell shows something.

    A widget that loses a race with its page comes up blank now and then only.
    """
    shown = 0
    for _ in range(count):
        lab.open(*cells, kernel=kernel)
        lab.run()
        lab.page.wait_for_timeout(500)
        shown += lab.output(len(cells) - 1).locator(selector).first.is_visible()
        lab.close()
    return shown
