"""A result as text and as HTML: escaped, without scripts, in the colours of its surroundings."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import listing, shortened
from dkdata.validation.html import titled_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.validation.results.outcome import Outcome
    from dkdata.validation.results.result import Result

_NOT_NULL: Final = "expect_column_values_to_not_be_null"
_EXAMPLES: Final = 5
_LINES: Final = 50
_WIDTH: Final = 160
_MARKS: Final = {"met": "✓", "failed": "✗", "not evaluated": "!", "warning": "⚠", "info": "ⓘ"}
_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:14px/1.5 system-ui,sans-serif;margin:2rem}"
    "table{border-collapse:collapse}th,td{padding:.2rem .8rem;text-align:left;"
    "border-bottom:1px solid color-mix(in srgb, currentColor 25%, transparent);"
    "vertical-align:top}th:nth-child(5),td:nth-child(5){text-align:right}"
)
_HEADS: Final = ("", "column", "rule", "severity", "failing rows", "examples or observed")
_RIGHT: Final = _HEADS.index("failing rows")


def _status(outcome: Outcome) -> str:
    if outcome.error:
        return "not evaluated"
    if outcome.success:
        return "met"
    severity = outcome.expectation.severity
    return "failed" if severity == "critical" else severity


def _failing(outcome: Outcome) -> str:
    """Return how many rows break the rule, if it is about rows."""
    return "" if outcome.positions is None else f"{len(outcome.positions):,}"


def _examples(outcome: Outcome) -> str:
    """Return the first different values that break the rule, or what was observed or raised."""
    if outcome.error:
        return outcome.error if len(outcome.error) <= _WIDTH else f"{outcome.error[:_WIDTH]}…"
    if outcome.positions is None:
        return observed(outcome)
    if outcome.expectation.type == _NOT_NULL:
        return ""  # they are all null, which some dtypes call NaT
    given = outcome.result.get("partial_unexpected_list") or []
    texts = dict.fromkeys(shortened(value, 40) for value in given if value is not None)
    shown = list(texts)[:_EXAMPLES]
    return ", ".join([*shown, "…"] if len(texts) > _EXAMPLES else shown)


def observed(outcome: Outcome) -> str:
    """Return what was observed; of sets of columns what is there too much and too little."""
    match outcome.result:
        case {"details": {"mismatched": dict(columns)}}:
            told = (f"{kind}: {listing(map(repr, names))}" for kind, names in columns.items())
            return "; ".join(told)
        case {"observed_value": observed} if observed is not None:
            return f"observed {shortened(observed)}"
    return ""


def _title(result: Result) -> str:
    counted = result.statistics
    errors = sum(bool(outcome.error) for outcome in result.results)
    unknown = f", {errors:,} could not be evaluated" if errors else ""
    return (
        f"suite {result.suite.name!r}: {counted['successful_expectations']:,} of"
        f" {counted['evaluated_expectations']:,} expectations met{unknown}{_gravest(result)}"
    )


def _gravest(result: Result) -> str:
    return "" if result.severity in (None, "critical") else f", gravest failure: {result.severity}"


def text(result: Result) -> str:
    """Return a title and one line for each rule that is not met."""
    texts = result.suite.texts
    failures = (outcome for outcome in _ordered(result) if not outcome.success)
    lines = [_line(outcome, texts[outcome.number]) for outcome in failures]
    more = [f"  and {len(lines) - _LINES:,} more"] if len(lines) > _LINES else []
    return "\n".join([_title(result), *lines[:_LINES], *more])


def _line(outcome: Outcome, rule: str) -> str:
    failing, examples = _failing(outcome), _examples(outcome)
    if failing:
        failing = f"{failing} failing {'row' if failing == '1' else 'rows'}"
    severity = (
        "" if outcome.expectation.severity == "critical" else (f" [{outcome.expectation.severity}]")
    )
    parts = [part for part in (failing, examples) if part]
    told = f" — {', such as '.join(parts)}" if parts else ""
    return f"  {rule}{severity}{told}"


def _ordered(result: Result) -> list[Outcome]:
    return sorted(result.results, key=lambda outcome: outcome.number)


def table(result: Result) -> str:
    """Return a short HTML table: failures first."""
    ordered = _failures_first(result)
    shown = ordered[:_LINES]
    return _html(result, shown, len(ordered) - len(shown))


def _failures_first(result: Result) -> list[Outcome]:
    return sorted(_ordered(result), key=lambda outcome: outcome.success)


def _html(
    result: Result, outcomes: list[Outcome], more: int = 0, *, is_styled: bool = False
) -> str:
    return titled_table(
        "result",
        f"<b>{escape(_title(result))}</b>",
        _HEADS,
        map(_cells, outcomes),
        more=more,
        right=_RIGHT,
        is_styled=is_styled,
    )


def _cells(outcome: Outcome) -> Iterator[str]:
    status = _status(outcome)
    yield f"<span title='{status}'>{_MARKS[status]}</span>"
    rule: tuple[Any, ...] = (outcome.expectation.place, outcome.expectation.rule)
    for value in (*rule, outcome.expectation.severity, _failing(outcome), _examples(outcome)):
        yield escape(str(value))


def page(result: Result) -> str:
    """Return a whole HTML document with every rule."""
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<title>{escape(_title(result))}</title><style>{_STYLE}</style></head>"
        f"<body>{_html(result, _failures_first(result), is_styled=True)}</body></html>\n"
    )
