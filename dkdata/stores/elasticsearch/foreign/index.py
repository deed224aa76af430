"""What is known of a name that dkdata did not make: an index, an alias, a pattern of these."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dkdata.errors import StoreError, UnsupportedError, UsageError, listing
from dkdata.stores.elasticsearch.foreign import hints
from dkdata.stores.elasticsearch.naming import (
    alias_of,
    is_index_of,
    is_pattern,
    pattern_refusal,
    table_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.stores.elasticsearch.definition import Part
    from dkdata.stores.elasticsearch.foreign.hints import Hint


@dataclass(frozen=True)
class Foreign:
    """A table whose documents somebody else wrote, all or some.

    Parameters
    ----------
    name
        What the server is asked for: through an alias, its filter holds.
    indices
        What the server tells of each index behind the name.
    own
        What dkdata kept of the table, where it made it and somebody altered it.
    of
        Where the name is another alias of dkdata's tables, their own ones.
    """

    table: str
    name: str
    indices: Mapping[str, Mapping[str, Any]]
    own: Part | None = None
    of: tuple[str, ...] | None = None

    @cached_property
    def hints(self) -> dict[str, Hint]:
        """What the mappings say of the fields."""
        return hints.of([about.get("mappings", {}) for about in self.indices.values()])

    @property
    def is_made_by_dkdata(self) -> bool:
        """Whether all of its indices are, for this table, whatever has become of their notes."""
        return not is_pattern(self.table) and all(is_index_of(self.name, i) for i in self.indices)

    def check_readable(self) -> None:
        """Refuse to read what the server does not give.

        Raises
        ------
        StoreError
            An index is closed.
        UnsupportedError
            An index does not keep the documents.
        """
        self.check_open()
        without = [name for name, about in self.indices.items() if _has_no_source(about)]
        if without:
            message = (
                f"{self.table!r}: the index {listing(map(repr, without))} does not keep the"
                " documents (_source is disabled in its mapping), so there is nothing to load."
                " dk.count() counts them."
            )
            raise UnsupportedError(message)

    def check_open(self) -> None:
        """Refuse a closed index; see ``check_readable``."""
        closed = [name for name, about in self.indices.items() if _is_closed(about)]
        if closed:
            message = (
                f"{self.table!r}: the index {listing(map(repr, closed))} is closed. Open it:"
                f" POST /{closed[0]}/_open."
            )
            raise StoreError(message)

    def refusal(self) -> UsageError:
        """Return the error of whoever would change it."""
        if is_pattern(self.table):
            return pattern_refusal(self.table)
        if self.of is not None:
            prefix = self.name.removesuffix(alias_of(self.table))
            tables = (table_of(alias.removeprefix(prefix)) for alias in self.of)
            told = " and ".join(map(repr, tables)) or "dkdata's"
            return UsageError(
                f"{self.table!r} is another alias of the indices of table {told}: it is read, and"
                " not changed. Write to the table itself."
            )
        if self.own is not None or self.is_made_by_dkdata:
            others = [index for index in self.indices if not is_index_of(self.name, index)]
            told = listing(map(repr, others or self.indices))
            return UsageError(
                f"{self.table!r} was changed by somebody else (see {told}), so dkdata does not"
                " write to it. Load it and save it under another name."
            )
        kind = "an index" if self.name in self.indices else "an alias of indices"
        return UsageError(
            f"{self.table!r} is {kind} that dkdata did not make: it is read, and not changed."
            " Save it under another name, or remove it by the tool that made it."
        )

    def not_searched(self) -> UnsupportedError:
        """Return the error of whoever would search it by words or vectors."""
        return UnsupportedError(
            f"{self.table!r}: only tables as dkdata saved them are searched. Search the table"
            " itself, save the rows as one with options={'text': [names of columns]}, or filter"
            " by col(…).contains(…)."
        )


def _has_no_source(about: Mapping[str, Any]) -> bool:
    return about.get("mappings", {}).get("_source", {}).get("enabled") is False


def _is_closed(about: Mapping[str, Any]) -> bool:
    told = about.get("settings", {}).get("index", {}).get("verified_before_close")
    return str(told) == "true"
