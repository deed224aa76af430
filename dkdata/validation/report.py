"""A result as text and as HTML: escaped, without scripts, in the colours of its surroundings."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.validation.outcome import Outcome
    from dkdata.validation.result import Result

_EXAMPLES: Final = 5
_LINES: Final = 50
_MARKS: Final = {"met": "✓", "failed": "✗", "not evaluated": "!"}
_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:14px/1.5 system-ui,sans-serif;margin:2rem}"
    "table{border-collapse:collapse}th,td{padding:.2rem .8rem;text-align:left;"
    "border-bottom:1px solid;vertical-align:top}"
)


def _status(outcome: Outcome) -> str:
    if outcome.error:
        return "not evaluated"
    return "met" if outcome.success else "failed"


def _failing(outcome: Outcome) -> str:
    """Return how many rows break the rule, or what was observed instead."""
    if outcome.positions is not None:
        return f"{len(outcome.positions):,}"
    if outcome.error:
        return shortened(outcome.error, 160)
    observed = outcome.result.get("observed_value")
    return "" if observed is None else f"observed {shortened(observed)}"


def _examples(outcome: Outcome) -> str:
    """Return the first different values that break the rule."""
    given = outcome.result.get("partial_unexpected_list") or []
    texts = dict.fromkeys(shortened(value, 40) for value in given if value is not None)
    shown = list(texts)[:_EXAMPLES]
    return ", ".join([*shown, "…"] if len(texts) > _EXAMPLES else shown)


def _title(result: Result) -> str:
    counted = result.statistics
    return (
        f"suite {result.suite.name!r}: {counted['successful_expectations']:,} of"
        f" {counted['evaluated_expectations']:,} expectations met"
    )


def text(result: Result) -> str:
    """Return a title and one line for each rule that is not met."""
    lines = [_line(outcome) for outcome in _ordered(result) if not outcome.success]
    more = [f"  and {len(lines) - _LINES:,} more"] if len(lines) > _LINES else []
    return "\n".join([_title(result), *lines[:_LINES], *more])


def _line(outcome: Outcome) -> str:
    failing, examples = _failing(outcome), _examples(outcome)
    if outcome.positions is not None:
        failing = f"{failing} failing rows"
    severity = (
        "" if outcome.expectation.severity == "critical" else (f" [{outcome.expectation.severity}]")
    )
    parts = [part for part in (failing, examples) if part]
    return f"  {outcome.expectation}{severity}" + (f" — {': '.join(parts)}" if parts else "")


def _ordered(result: Result) -> list[Outcome]:
    return sorted(result.results, key=lambda outcome: outcome.number)


def table(result: Result) -> str:
    """Return a short HTML table: failures first."""
    ordered = sorted(_ordered(result), key=lambda outcome: outcome.success)
    shown = ordered[:_LINES]
    more = len(ordered) - len(shown)
    rest = f"<tr><td colspan='6'>and {more:,} more</td></tr>" if more else ""
    return _html(result, shown, rest)


def _html(result: Result, outcomes: list[Outcome], rest: str = "") -> str:
    heads = ("", "column", "rule", "severity", "failing rows", "examples")
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(_cells(outcome))}</tr>" for outcome in outcomes)
    return (
        f"<div class='dk-result'><b>{escape(_title(result))}</b>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}{rest}</tbody></table></div>"
    )


def _cells(outcome: Outcome) -> Iterator[str]:
    status = _status(outcome)
    yield f"<td title='{status}'>{_MARKS[status]}</td>"
    rule: tuple[Any, ...] = (outcome.expectation.place, outcome.expectation.rule)
    for value in (*rule, outcome.expectation.severity, _failing(outcome), _examples(outcome)):
        yield f"<td>{escape(str(value))}</td>"


def page(result: Result) -> str:
    """Return a whole HTML document with every rule."""
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<title>{escape(_title(result))}</title><style>{_STYLE}</style></head>"
        f"<body>{_html(result, _ordered(result))}</body></html>\n"
    )
