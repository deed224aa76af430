"""How large is what is made, and what others make of the same."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import itables
import quak
import skrub

from dkdata import widgets
from dkdata.widgets import SchemaExplorer
from tests.benchmarks.explorer import data

if TYPE_CHECKING:
    from tests.benchmarks.explorer.values import Values

_COLUMNS, _ROWS = 50, 100_000


def ours(values: Values) -> None:
    """Measure the explorer's page and report."""
    page = (Path(widgets.__file__).parent / "static" / "explorer.js").read_bytes()
    values.note("bundle", len(page) / 1_000)
    values.note("bundle gz", len(gzip.compress(page, 9)) / 1_000)
    values.note("html", _kilobytes(SchemaExplorer(data.wide(_COLUMNS, _ROWS)).to_html()))


def peers(values: Values) -> None:
    """Measure what others put into a notebook."""
    frame = data.wide(_COLUMNS, _ROWS)
    values.note("bundle", len(str(quak.Widget._esm)) / 1_000, "quak")
    values.note("html", _kilobytes(itables.to_html_datatable(frame)), "itables")
    values.note("html", _kilobytes(skrub.TableReport(frame, verbose=0).html()), "skrub")


def _kilobytes(text: str) -> float:
    return len(text.encode()) / 1_000
