"""Rules about values that another table must have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dkdata.validation.expectation import Expectation
    from dkdata.validation.suggestion.columns import Column


@dataclass(frozen=True)
class Other:
    """A table to which columns may refer."""

    label: str


def rules(columns: Sequence[Column], others: Sequence[Other]) -> Iterator[Expectation]:
    """Yield."""
    yield from ()
