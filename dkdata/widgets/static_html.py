"""The report that is shown where no widget is: HTML without scripts or outside resources."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from dkdata.validation.html import titled_table
from dkdata.widgets.cells import with_share

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from dkdata.widgets.figures.figures import Figures
    from dkdata.widgets.sources.columns import Column

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_COLUMNS: Final = 1_000
_RULES: Final = 200
_TOP: Final = 3
_WIDTH: Final = 40
_HEADS: Final = ("column", "type", "null", "distinct", "least", "greatest", "values", "rules")
_MARKS: Final = {"met": "✓", "failed": "✗", "error": "!", "waiting": "…"}
_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:14px/1.4 system-ui,sans-serif;margin:1.5rem}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem}th,td{padding:.15rem .6rem;"
    "text-align:left;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent);"
    "vertical-align:top}"
)


@dataclass(frozen=True)
class Report:
    """What a report tells.

    Parameters
    ----------
    rows
        How many there are; -1 if that is not known yet.
    figures
        Of columns, by position; what is missing is not shown.
    rules
        As a page is told them.
    results
        What became of them, by key.
    head
        The first rows: heads, and rows of texts with ``None`` for null.
    """

    title: str
    rows: int
    columns: Sequence[Column]
    figures: Mapping[int, Figures]
    rules: Sequence[Mapping[str, Any]] = ()
    results: Mapping[str, Mapping[str, Any]] | None = None
    head: tuple[Sequence[str], Sequence[Sequence[str | None]]] = ((), ())


class Profile(str):
    """A report on a frame or a table: the text of a piece of HTML, which notebooks show.

    Parameters
    ----------
    html
        The piece, without scripts.
    subject
        What it is about.

    Examples
    --------
    >>> import pandas as pd
    >>> from dkdata import api
    >>> profile = api.profile(pd.DataFrame({"age": [36, 41]}))
    >>> "36" in profile and "<script" not in profile
    True
    """

    __slots__ = ("subject",)
    subject: str

    def __new__(cls, html: str, subject: str) -> Self:
        """Return the text, which knows what it is about."""
        made = super().__new__(cls, html)
        made.subject = subject
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy by the arguments."""
        return type(self), (str(self), self.subject)

    def _repr_html_(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return "".join(self)

    def __repr__(self) -> str:
        """Return what it is about."""
        return f"Profile of {self.subject!r}; save_html(path) writes it to a file."

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write the report as one HTML file without scripts or outside resources."""
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(self.subject, self), encoding="utf-8")


def page(title: str, html: str) -> str:
    """Return a whole HTML document."""
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{html}</body></html>\n"
    )


def fragment(report: Report) -> str:
    """Return a report as a piece of HTML, in the colours of its surroundings."""
    shown = report.columns[:_COLUMNS]
    by_column = _rules_by_column(report)
    table = titled_table(
        "profile",
        f"<b>{escape(report.title)}</b> ({_size(report)})",
        _HEADS if by_column else _HEADS[:-1],
        (_cells(column, report, by_column) for column in shown),
        more=len(report.columns) - len(shown),
        is_styled=True,
    )
    return "".join([table, *_rules(report), *_head(report)])


def _size(report: Report) -> str:
    rows = "" if report.rows < 0 else f"{_plural(report.rows, 'row')}, "
    return rows + _plural(len(report.columns), "column")


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _cells(column: Column, report: Report, by_column: Mapping[int, list[str]]) -> Iterator[str]:
    figures = report.figures.get(column.position)
    yield f"<bdi>{escape(_cut(column.name))}</bdi>"
    yield escape(_cut(column.dtype))
    if figures is None:
        yield from [""] * 5
    else:
        yield with_share(figures.nulls, report.rows)
        yield _distinct(figures)
        yield f"<bdi>{escape(_cut(figures.least or ''))}</bdi>"
        yield f"<bdi>{escape(_cut(figures.greatest or ''))}</bdi>"
        yield _values(figures)
    if by_column:
        yield "<br>".join(by_column.get(column.position, ()))


def _distinct(figures: Figures) -> str:
    if figures.distinct is None:
        return ""
    return f"{figures.distinct:,}" if figures.exact else f"~{figures.distinct:,}"


def _values(figures: Figures) -> str:
    """Return the most frequent values, or the histogram as a line of blocks."""
    if figures.top is not None:
        listed = [f"<bdi>{escape(_cut(text))}</bdi> {n:,}" for text, n in figures.top[:_TOP]]
        more = (figures.distinct or 0) - len(listed)
        return ", ".join([*listed, f"{more:,} more"] if more > 0 else listed)
    if figures.bins is None:
        return ""
    of = " characters" if figures.bins.of == "length" else ""
    return f"<span title='histogram'>{blocks(figures.bins.counts)}</span>{of}"


def blocks(counts: Sequence[int]) -> str:
    r"""Return a histogram as a line of blocks; what is empty is a space.

    Examples
    --------
    >>> blocks([0, 1, 4, 8])
    '\u2007▁▄█'
    """
    most = max(counts, default=0) or 1
    return "".join(
        _BLOCKS[max(0, round(count / most * len(_BLOCKS)) - 1)] if count else "\u2007"
        for count in counts
    )


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"


def _rules_by_column(report: Report) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for rule in report.rules[:_RULES]:
        for position in rule["columns"]:
            found.setdefault(position, []).append(_rule(rule, report))
    return found


def _rule(rule: Mapping[str, Any], report: Report) -> str:
    if not rule["enabled"]:
        return f"{escape(rule['text'])} (disabled)"
    outcome = (report.results or {}).get(rule["key"], {"state": "waiting"})
    failing = outcome.get("failing")
    told = f": {failing:,} failing" if failing else ""
    mark = _MARKS[outcome["state"]]
    return f"<span title='{outcome['state']}'>{mark}</span> {escape(rule['text'])}{told}"


def _rules(report: Report) -> Iterator[str]:
    """Yield the rules that are not about columns."""
    others = [rule for rule in report.rules[:_RULES] if not rule["columns"]]
    if others:
        listed = "<br>".join(f"{escape(rule['place'])}: {_rule(rule, report)}" for rule in others)
        yield f"<div>{listed}</div>"
    if len(report.rules) > _RULES:
        yield f"<div>and {len(report.rules) - _RULES:,} rules more</div>"


def _head(report: Report) -> Iterator[str]:
    heads, rows = report.head
    if rows:
        named = [f"<bdi>{escape(_cut(head))}</bdi>" for head in heads]
        shown = ([_cell(value) for value in row] for row in rows)
        yield titled_table("head", "first rows", named, shown, is_styled=True)


def _cell(value: str | None) -> str:
    return "<i>null</i>" if value is None else f"<bdi>{escape(_cut(value))}</bdi>"
