"""ResultFormat: how much a result tells, in Great Expectations' own options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, get_args

from dkdata.errors import UsageError, check_choice, shortened

Level = Literal["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"]
LISTED: Final = 200
"""Values and rows that a result lists at most, as in Great Expectations."""


@dataclass(frozen=True)
class ResultFormat:
    """How much a result tells.

    Parameters
    ----------
    result_format
        The level: each tells what the one before tells, and more.
    partial_unexpected_count
        How many values the partial lists hold.
    unexpected_index_column_names
        Columns that name a row, in place of its index label.
    include_unexpected_rows, exclude_unexpected_values
        Whether whole rows are told, and values are not.
    return_unexpected_index_query
        Whether the text of a query for the rows is told; ``None`` means at ``COMPLETE`` only.
    """

    result_format: Level = "SUMMARY"
    partial_unexpected_count: int = 20
    unexpected_index_column_names: list[str] | None = None
    include_unexpected_rows: bool = False
    exclude_unexpected_values: bool = False
    return_unexpected_index_query: bool | None = None

    @classmethod
    def of(cls, given: str | Mapping[str, Any]) -> ResultFormat:
        """Return a level, or a mapping with options, as a value.

        Raises
        ------
        UsageError
            An option or a level is unknown, or has a value of another type.

        Examples
        --------
        >>> ResultFormat.of({"result_format": "BASIC", "partial_unexpected_count": 3}).detail
        1
        """
        options = dict(given) if isinstance(given, Mapping) else {"result_format": given}
        names = [field.name for field in fields(cls)]
        for option, value in options.items():
            check_choice("result_format option", option, names)
            _check(option, value)
        return cls(**options)

    @property
    def detail(self) -> int:
        """The level as a number, from 0 (``BOOLEAN_ONLY``) to 3 (``COMPLETE``)."""
        return get_args(Level).index(self.result_format)

    @property
    def is_complete(self) -> bool:
        """Whether everything is told."""
        return self.result_format == "COMPLETE"

    @property
    def listed(self) -> int:
        """How many values a result lists."""
        return LISTED if self.is_complete else min(self.partial_unexpected_count, LISTED)

    def options(self) -> dict[str, Any]:
        """Return what differs from the defaults, with the level, as Great Expectations has it."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        chosen = {
            field.name: told[field.name]
            for field in fields(self)
            if told[field.name] != field.default
        }
        return {**chosen, "result_format": self.result_format}


def _check(option: str, value: object) -> None:
    """Raise if an option has a value of a wrong type."""
    match option, value:
        case "result_format", _:
            check_choice("result_format", value, get_args(Level))
            return
        case "partial_unexpected_count", int() if not isinstance(value, bool) and value >= 0:
            return
        case "unexpected_index_column_names", list() | tuple() if value:
            return
        case "partial_unexpected_count", _:
            wanted = "a number, 0 or more"
        case "unexpected_index_column_names", _:
            wanted = "a list of names of columns"
        case _, bool():
            return
        case _:
            wanted = "True or False"
    message = f"result_format: {option}={shortened(value)} is not {wanted}."
    raise UsageError(message)
