"""Tables in HTML, as suites, schemas and results show themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def titled_table(  # noqa: PLR0913 - the parts of a table
    kind: str,
    title: str,
    heads: Sequence[str],
    rows: Iterable[Iterable[str]],
    *,
    more: int = 0,
    right: int | None = None,
    is_styled: bool = False,
) -> str:
    """Return a table under its title.

    Parameters
    ----------
    kind
        Its class is ``dk-`` and this.
    title, heads, rows
        HTML.
    more
        How many rows are not shown.
    right
        Which column holds numbers.
    is_styled
        Whether the page says how cells are aligned; otherwise each cell does, as notebooks would
        align their texts to the right.
    """
    styles = [] if is_styled else ["left"] * len(heads)
    if styles and right is not None:
        styles[right] = "right"
    head = _row("th", heads, styles) if heads else ""
    body = "".join(_row("td", row, styles) for row in rows)
    rest = f"<tr><td colspan='{len(heads)}'>and {more:,} more</td></tr>" if more > 0 else ""
    return (
        f"<div class='dk-{kind}'>{title}"
        f"<table><thead>{head}</thead><tbody>{body}{rest}</tbody></table></div>"
    )


def _row(tag: str, cells: Iterable[str], styles: Sequence[str]) -> str:
    if not styles:
        return f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in cells)}</tr>"
    made = (
        f"<{tag} style='text-align:{style}'>{cell}</{tag}>"
        for cell, style in zip(cells, styles, strict=True)
    )
    return f"<tr>{''.join(made)}</tr>"
