"""What a display costs is measured."""

from __future__ import annotations

from tests.browser.timing import display, nodes, renders

IMPORT = "from tests.browser.counter import Counter"


def test_a_display_is_measured(lab):
    lab.open(IMPORT, "counter = Counter(); counter", "print('x' * 10_000)")
    lab.run(0)
    shown = display(lab, 1, "button")
    assert 0 < shown.seconds <= shown.settled_seconds
    assert 1_000 < shown.received <= shown.settled_received < 20_000
    assert shown.nodes == nodes(lab.output(1)) > 3
    printed = display(lab, 2, "pre")
    assert 10_000 < printed.received < 20_000


def test_a_widget_renders_every_time(lab, kernel):
    assert renders(lab, 2, IMPORT, "Counter()", selector="button", kernel=kernel) == 2
    assert renders(lab, 1, "print('no widget')", selector="button", kernel=kernel) == 0
