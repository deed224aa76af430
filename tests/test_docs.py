"""The documentation is true: its Python runs, its output is what it says, its links lead on."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_SERVED = ("postgresql.md", "s3.md", "elasticsearch.md")
_POSTGRESQL, _S3, _ELASTICSEARCH = (ROOT / "docs" / name for name in _SERVED)
_BLOCK = re.compile(
    r"^```python\n(.*?)^```\n(?:\n?^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#([^)\s]+))?\)")


def _blocks(page):
    """Return the Python of a page: first line, source, the text block that follows it."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, found.start()) + 2, found[1], found[2])
        for found in _BLOCK.finditer(text)
    ]


@pytest.mark.parametrize(
    "page", sorted({*PAGES} - {_POSTGRESQL, _S3, _ELASTICSEARCH}), ids=lambda page: page.name
)
def test_page_runs_and_prints_what_it_says(page):
    _run(page)


def test_the_page_about_postgresql_runs(postgres_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    _run(_POSTGRESQL)


def test_the_page_about_s3_runs_on_every_server(bucket, monkeypatch):
    monkeypatch.setenv("S3_BUCKET", bucket.name)
    monkeypatch.setenv("S3_ENDPOINT", bucket.endpoint)
    monkeypatch.setenv("AWS_REGION", bucket.options["region"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", bucket.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bucket.secret)
    _run(_S3)


def test_the_page_about_elasticsearch_runs(elasticsearch_url, monkeypatch):
    monkeypatch.setenv("ES_URL", elasticsearch_url)
    _run(_ELASTICSEARCH)


def _run(page):
    names = {"__name__": page.stem}
    for line, source, output in _blocks(page):
        code = compile("\n" * (line - 1) + source, page.name, "exec", dont_inherit=True)
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()) as written:
            warnings.simplefilter("error")
            exec(code, names)  # noqa: S102 - the page's own code
        assert (output or "") == written.getvalue(), f"{page.name}, line {line}"


@pytest.mark.parametrize("page", sorted({*PAGES, *ROOT.glob("*.md")}), ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page):
    for path, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in path:
            target = page.parent / path
            assert target.exists(), path
            assert not anchor or anchor in _anchors(target), f"{path}#{anchor}"


def _anchors(page):
    headings = re.findall(r"^#+ (.*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_index_names_every_page():
    linked = {path for path, _ in _LINK.findall((ROOT / "docs/index.md").read_text())}
    assert {page.name for page in PAGES[1:]} - {"index.md"} <= linked
