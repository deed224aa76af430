"""A table of a PostgreSQL database as it is found there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dkdata import notes
from dkdata.dialects.fragment import quote
from dkdata.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN_SCHEMA = "dkdata"


class Kind(StrEnum):
    """What a relation is, as ``pg_class.relkind`` has it."""

    TABLE = "r"
    VIEW = "v"
    MATERIALIZED = "m"
    PARTITIONED = "p"
    FOREIGN = "f"

    @property
    def words(self) -> str:
        """What it is, for messages; in SQL too, but for a partitioned table."""
        match self:
            case Kind.VIEW:
                return "view"
            case Kind.MATERIALIZED:
                return "materialized view"
            case Kind.FOREIGN:
                return "foreign table"
            case _:
                return "table"


class Filled(StrEnum):
    """By what the database gives a column its values, where those who write need not."""

    IDENTITY = "identity"
    SEQUENCE = "sequence"
    EXPRESSION = "expression"


@dataclass(frozen=True)
class HeldColumn:
    """A column as the database has it.

    Parameters
    ----------
    type, base
        As ``format_type`` writes it, and what domains in it stand for.
    filled
        By what the database gives it values, if it does.
    expression
        In SQL, from what its values are computed.
    is_deterministic
        Whether texts are equal under its collation only if they are the same.
    """

    name: str
    type: str
    base: str
    filled: Filled | None = None
    expression: str | None = None
    is_deterministic: bool = True


@dataclass(frozen=True)
class Held:
    """A table, or something that is read like one.

    Parameters
    ----------
    is_visible
        Whether its name alone, without the schema, means it.
    oid
        Its number in ``pg_class``; 0 of one that is not there yet.
    is_owned
        Whether the role is its owner, or a member of that.
    remark, note_text
        The comment on it: what somebody else wrote there, and the note of dkdata.
    size
        In bytes, without what is kept aside of large values; 0 where it is not known.
    file
        What the server calls the file of its rows; 0 where there is none.
    """

    schema: str
    name: str
    is_visible: bool = True
    oid: int = 0
    kind: Kind = Kind.TABLE
    remark: str | None = None
    note_text: str | None = None
    is_partition: bool = False
    is_owned: bool = True
    size: int = 0
    file: int = 0
    columns: tuple[HeldColumn, ...] = ()

    @property
    def sql(self) -> str:
        """The table in SQL."""
        return f"{quote(self.schema)}.{quote(self.name)}"

    @property
    def title(self) -> str:
        """The table as callers name it."""
        return self.name if self.is_visible else f"{self.schema}.{self.name}"

    @property
    def words(self) -> str:
        """What it is, for messages."""
        return f"{self.kind.words} {self.title!r}"

    @property
    def keyword(self) -> str:
        """What it is, in SQL."""
        return self.kind.words.upper()

    def check_writable(self) -> None:
        """Refuse what is no table, but only read like one.

        Raises
        ------
        UsageError
            It is a view.
        """
        if self.kind in (Kind.VIEW, Kind.MATERIALIZED):
            message = (
                f"{self.words} cannot be written to. Change the tables that it is made of, or save"
                " under another name."
            )
            raise UsageError(message)

    @property
    def row_order(self) -> str | None:
        """What the rows have their order by, in SQL; ``None`` where they have none."""
        match self.kind:
            case Kind.TABLE | Kind.MATERIALIZED:
                return "ctid"
            case Kind.PARTITIONED:
                return "tableoid, ctid"
            case _:
                return None

    @cached_property
    def note(self) -> dict[str, Any]:
        """What dkdata keeps of the table; nothing of a table of somebody else."""
        return notes.parsed(self.note_text)

    @property
    def is_ours(self) -> bool:
        """Whether dkdata made the table."""
        return bool(self.note)

    @cached_property
    def by_name(self) -> Mapping[str, HeldColumn]:
        """The columns by the names that they are saved under."""
        kept = self.note.get("names", {})
        told = kept.items() if isinstance(kept, dict) else ()
        saved = {held: name for name, held in told if isinstance(held, str)}
        return {saved.get(column.name, column.name): column for column in self.columns}

    @cached_property
    def types(self) -> Mapping[str, str]:
        """The types of the columns by the names that the database has for them."""
        return {column.name: column.type for column in self.columns}

    @cached_property
    def key(self) -> frozenset[str]:
        """The columns of the key that is kept with the table, as the database calls them."""
        told = self.note.get("key", ())
        known = told if isinstance(told, list) else ()
        return frozenset(self.by_name[name].name for name in known if name in self.by_name)
