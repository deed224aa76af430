"""Databases of test sessions: made, emptied and dropped."""

from __future__ import annotations

import secrets
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

# At the end as in a new database.
_EMPTY = """
do $$
declare
    name text;
begin
    for name in
        select nspname from pg_namespace
        where nspname !~ '^pg_' and nspname <> 'information_schema'
    loop
        execute format('drop schema %I cascade', name);
    end loop;
    create schema public authorization pg_database_owner;
    grant usage on schema public to public;
end $$
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


@contextmanager
def created(server: str, tablespace: str = "pg_default") -> Iterator[str]:
    """Make a database and return its URL; drop it at the end."""
    name = f"dk_{secrets.token_hex(6)}"
    run(server, f"create database {name} tablespace {tablespace}")
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        run(server, f"drop database {name} with (force)")


def empty(url: str) -> str | None:
    """Drop all that is in a database; return the statements of sessions that had to be ended."""
    try:
        run(url, f"set lock_timeout = '3s'; {_EMPTY}")
    except errors.LockNotAvailable:
        held = run(url, _OTHERS)
        run(url, _EMPTY)
        return "; ".join(query for _, query in held)
    return None


def address(url: str) -> tuple[str, int]:
    """Return host and port of a server, for a proxy to stand before."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 5432


def through(url: str, address: tuple[str, int]) -> str:
    """Return the URL that goes by another host and port."""
    parts = urlsplit(url)
    credentials = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{credentials}@{address[0]}:{address[1]}").geturl()
