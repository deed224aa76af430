"""Reports without a widget: small, complete, and inert whatever the data says."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from tests.widgets.sources import SOURCES, rows

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onclick='x",
    "&amp;",
    "\u202ex",
]
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "div", "table", "caption", "thead", "tbody",
    "tr", "th", "td", "b", "i", "bdi", "span", "br", "p",
}  # fmt: skip


class _Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found, self.text = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def is_inert(html):
    """Check that HTML runs nothing and asks for nothing; return its texts."""
    read = _Tags(html)
    for tag, attributes in read.found:
        assert tag in ALLOWED, tag
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "href")]
    assert not re.search(r"url\(|@import|https?://", html)
    return read.text


def wide():
    drawn = np.random.default_rng(0)
    frame = pd.DataFrame(
        drawn.normal(size=(1_000, 25)), columns=[f"measure_{n}" for n in range(25)]
    )
    labels = [f"category_{n}" for n in range(25)]
    return frame.join(
        pd.DataFrame(
            drawn.choice(["alpha", "beta", "gamma, delta"], size=(1_000, 25)), columns=labels
        )
    )


def test_fifty_columns_are_less_than_forty_thousand_bytes(show):
    suite = dk.Suite("s")
    for n in range(25):
        suite += dk.expect(f"measure_{n}").between(-3, 3, mostly=0.9).not_null()
    page = show(wide(), suite)
    html = page.explorer._marked(page.explorer._report(None))
    assert len(html.encode()) <= 40_000
    assert len(wide().dk.profile()._repr_html_().encode()) <= 40_000
    texts = is_inert(page.explorer.to_html())
    assert {f"measure_{n}" for n in range(25)} | {f"category_{n}" for n in range(25)} <= set(texts)


def test_to_html_is_complete_at_once():
    frame = pd.DataFrame({f"c{n}": range(1_000) for n in range(45)})
    explorer = dk.explore(frame, dk.expect("c44").between(0, 10))
    texts = " ".join(is_inert(explorer.to_html()))
    explorer.close()
    assert "1,000 rows, 45 columns" in texts
    assert "989 failing" in texts
    assert texts.count("999") >= 45
    assert "…" not in texts


def test_what_the_data_says_is_text():
    frame = pd.DataFrame([HOSTILE] * 2, columns=HOSTILE).rename_axis(index=HOSTILE[0])
    suite = dk.expect(HOSTILE[0]).in_set([HOSTILE[1]]) + dk.expect(HOSTILE[1]).matches(HOSTILE[0])
    explorer = dk.explore(frame, suite, name=HOSTILE[1])
    texts = is_inert(explorer.to_html())
    explorer.close()
    assert set(HOSTILE[:2]) <= set(texts)
    assert HOSTILE[0] in is_inert(dk.profile(frame, name=HOSTILE[0])._repr_html_())


@pytest.mark.parametrize("name", SOURCES)
def test_a_profile_of_every_source(name):
    profile = dk.profile(SOURCES[name](rows()))
    texts = is_inert(profile._repr_html_())
    assert any("300 rows, 6 columns" in text for text in texts)
    assert {"n", "x", "t", "z", "s", "b"} <= set(texts)


def test_a_profile_is_saved_as_a_page(tmp_path):
    path = tmp_path / "new" / "report.html"
    rows().dk.profile(name="rows").save_html(path)
    html = path.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert "rows" in is_inert(html)


def test_an_explorer_saves_its_report(show, tmp_path):
    page = show(rows(), dk.expect("n").not_null())
    page.explorer.save_html(tmp_path / "r.html")
    assert "43 failing" in " ".join(is_inert((tmp_path / "r.html").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "frame", [pd.DataFrame(), pd.DataFrame({"a": []})], ids=["nothing", "no rows"]
)
def test_reports_on_nothing(frame):
    assert is_inert(dk.profile(frame)._repr_html_())
    explorer = dk.explore(frame)
    assert is_inert(explorer.to_html())
    explorer.close()


def test_rules_of_no_column_stand_below(show):
    page = show(rows(), dk.expect_table().row_count(7) + dk.expect("n").not_null().null())
    page.edit("disable", key="r3")
    text = " ".join(is_inert(page.explorer.to_html()))
    assert "row_count(7)" in text
    assert "null (disabled)" in text
