"""Databases of test sessions: made, emptied and dropped."""

from __future__ import annotations

import secrets
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEMAS = """
select quote_ident(nspname) from pg_namespace
where nspname !~ '^pg_' and nspname <> 'information_schema'
"""
# As in a new database.
_PUBLIC = """
create schema public authorization pg_database_owner;
grant usage on schema public to public;
"""
_OTHERS = """
select pg_terminate_backend(pid), query from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""


def run(url: str, statement: str, values: tuple[Any, ...] | None = None) -> list[tuple[Any, ...]]:
    """Run one statement, or several, in a session of its own; return the rows of the last."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


@dataclass(frozen=True)
class Database:
    """A database that nobody else uses."""

    url: str

    def empty(self) -> str | None:
        """Drop all that is in it; return the statement of a session that had to be ended."""
        drops = [f"drop schema {name} cascade;" for (name,) in run(self.url, _SCHEMAS)]
        statements = "".join(drops) + _PUBLIC
        try:
            run(self.url, f"set lock_timeout = '5s'; {statements}")
        except errors.LockNotAvailable:
            held = run(self.url, _OTHERS)
            run(self.url, statements)
            return "; ".join(query for _, query in held)
        return None


@contextmanager
def created(server: str) -> Iterator[Database]:
    """Make a database, and drop it at the end."""
    name = f"dk_{secrets.token_hex(6)}"
    run(server, f"create database {name}")
    try:
        yield Database(within(server, name))
    finally:
        run(server, f"drop database {name} with (force)")


def within(server: str, database: str) -> str:
    """Return the URL of another database of a server."""
    return urlsplit(server)._replace(path=f"/{database}").geturl()
