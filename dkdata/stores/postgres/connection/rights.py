"""Rights that a role lacks, and who can give them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dkdata.dialects.fragment import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dkdata.stores.postgres.connection.session import Session

_WRITES, _MAKES, _OWNED = ("INSERT", "UPDATE", "DELETE"), ("CREATE", "ALTER"), ("ALTER", "DROP")
_PLACED = re.compile(r'("(?:[^"]|"")+")\.("(?:[^"]|"")+")')


def missing(said: str, session: Session, sql: str) -> str:
    """Return what an administrator has to grant, as far as it is known what is missing.

    The statement tells, and which of its names the server repeats: the rest is in its language.
    """
    role = session.role
    if sql.startswith("CREATE TEMPORARY"):
        return grant(["TEMPORARY"], f"DATABASE {quote(session.connection.info.dbname)}", role)
    placed = [found.groups() for found in _PLACED.finditer(sql)]
    for schema, table in placed:
        if names(said, table) and sql.startswith(_OWNED):
            return "Have its owner do it, or an administrator make this role a member of that one"
        if names(said, table):
            verbs = [verb for verb in _WRITES if re.search(rf"\b{verb}\b", sql)]
            locked = _WRITES[:2] if "IN ROW EXCLUSIVE" in sql else _WRITES
            rights = ["SELECT", *(locked if sql.startswith("LOCK") else verbs)]
            return grant(rights, f"{schema}.{table}", role)
    for schema, _ in placed:
        if names(said, schema):
            rights = ["USAGE", *(["CREATE"] if sql.startswith(_MAKES) else [])]
            return grant(rights, f"SCHEMA {schema}", role)
    return "Ask an administrator for it"


def names(said: str, name: str) -> bool:
    """Whether a text names what has that name, or that quoted name."""
    bare = name.removeprefix('"').removesuffix('"').replace('""', '"')
    return re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", said) is not None


def grant(rights: Sequence[str], what: str, role: str) -> str:
    """Return the advice to let a role have rights on an object, which is SQL already."""
    return f"Have an administrator run: GRANT {', '.join(rights)} ON {what} TO {quote(role)}"
