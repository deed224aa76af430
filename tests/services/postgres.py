"""What can go wrong with a PostgreSQL server, brought about from outside.

``url`` is that of a superuser. What concerns a whole server (`filled`, `read_only`) is for one that
the test has for itself: the fixture ``own_postgres``, whose ``kill`` and ``restart`` belong here.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg2

from tests.services import places
from tests.services.databases import created, run
from tests.services.places import UnavailableError
from tests.services.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

_SESSIONS = """
select pid from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
    and query ilike %s
"""

_LEFT = """
select 'transaction: ' || query from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
        and backend_type = 'client backend' and state <> 'idle'
union all select 'relation: ' || oid::regclass::text from pg_class where relname ~ '^dk_[0-9a-f]'
union all select 'type: ' || typname from pg_type where typname ~ '^_?dk_[0-9a-f]'
union all select 'lock: ' || locktype from pg_locks join pg_stat_activity using (pid)
    where pid <> pg_backend_pid() and backend_type = 'client backend'
        and database = (select oid from pg_database where datname = current_database())
"""


def leftovers(url: str) -> list[str]:
    """Return what saves have left: open transactions, tables of their own, types and locks.

    The server may take a moment to notice that a client has gone; it has locks of its own.
    """
    left: list[str] = []

    def is_nothing() -> bool:
        left[:] = [what for (what,) in run(url, _LEFT)]
        return not left

    with suppress(TimeoutError):
        wait_until(is_nothing, "something is left")
    return left


def sessions(url: str, query: str = "%") -> list[int]:
    """Return the other sessions of the database whose latest statement is like that."""
    return [pid for (pid,) in run(url, _SESSIONS, (query,))]


def wait_for_session(url: str, query: str) -> int:
    """Wait until a session has a statement like that, and return its process id."""
    return wait_until(lambda: sessions(url, query), f"no session came to {query!r}")[0]


def wait_for_lock(url: str, count: int = 1) -> None:
    """Wait until so many sessions have waited for a lock on a table, at once or by turns."""
    waiting = (
        "select pid from pg_locks where not granted and locktype = 'relation' and database ="
        " (select oid from pg_database where datname = current_database())"
    )
    seen = set[tuple[int]]()

    def have_waited() -> bool:
        seen.update(run(url, waiting))
        return len(seen) >= count

    wait_until(have_waited, f"fewer than {count} sessions wait for a lock")


def terminate(url: str, query: str = "%") -> int:
    """End the other sessions whose latest statement is like that; return how many there were."""
    ended = [run(url, "select pg_terminate_backend(%s, 10000)", (p,)) for p in sessions(url, query)]
    return len(ended)


@contextmanager
def locked(url: str, table: str, mode: str = "access exclusive") -> Iterator[None]:
    """Hold a lock on a table (its quoted name) in another session."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"lock table {table} in {mode} mode")
        yield


@contextmanager
def role(url: str, *grants: str, **settings: str) -> Iterator[str]:
    """Make a role with these rights only, and return its URL.

    A grant is what stands between ``grant`` and ``to``: ``"select on table orders"``. A setting
    holds for the sessions of the role: ``default_transaction_read_only="on"``.
    """
    name, password = f"dk_{secrets.token_hex(6)}", secrets.token_hex(8)
    run(url, f"create role {name} login password '{password}'")
    try:
        for grant in grants:
            run(url, f"grant {grant} to {name}")
        for setting, value in settings.items():
            run(url, f"alter role {name} set {setting} = '{value}'")
        address = urlsplit(url)
        host = address.netloc.rpartition("@")[2]
        yield address._replace(netloc=f"{name}:{password}@{host}").geturl()
    finally:
        run(url, f"drop owned by {name} cascade; drop role {name}")


@contextmanager
def read_only(url: str) -> Iterator[None]:
    """Let every session of the server be read-only, as on a standby, from its next statement on."""
    _set_read_only(url, "on")
    try:
        yield
    finally:
        _set_read_only(url, "off")


def _set_read_only(url: str, value: str) -> None:
    run(url, f"alter system set default_transaction_read_only = {value}")
    run(url, "select pg_reload_conf()")
    wait_until(
        lambda: run(url, "show default_transaction_read_only") == [(value,)],
        "the server has not read its configuration again",
    )


@contextmanager
def filled(url: str) -> Iterator[None]:
    """Take every connection that the server allows, those of superusers too."""
    with ExitStack() as stack:
        try:
            while True:
                stack.enter_context(closing(psycopg2.connect(url)))
        except psycopg2.OperationalError as error:
            if "too many clients" not in str(error):
                raise
        yield


@contextmanager
def tablespace(url: str) -> Iterator[str]:
    """Make a tablespace within the server's own folder, and return its name."""
    name = f"dk_{secrets.token_hex(6)}"
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("set allow_in_place_tablespaces = on")
        cursor.execute(f"create tablespace {name} location ''")
        yield name
        cursor.execute(f"drop tablespace {name}")


@contextmanager
def small_disk(url: str, megabytes: int = 32) -> Iterator[str]:
    """Make a database whose tables lie on a disk of that size, and return its URL.

    The server must run on this machine; the disk needs root. An empty database takes 8 MB of it.
    """
    name = f"dk_{secrets.token_hex(6)}"
    folder = places.home() / name
    folder.mkdir()
    with ExitStack() as undo:
        undo.callback(folder.rmdir)
        _mount(folder, megabytes)
        undo.callback(subprocess.run, ["umount", "--lazy", folder], check=True)
        run(url, f"create tablespace {name} location '{folder}'")
        undo.callback(run, url, f"drop tablespace {name}")
        yield undo.enter_context(created(url, tablespace=name))


def _mount(folder: os.PathLike[str], megabytes: int) -> None:
    who = places.user() or {"user": os.getuid(), "group": os.getgid()}
    options = f"size={megabytes}m,mode=700,uid={who['user']},gid={who['group']}"
    command = ["mount", "-t", "tmpfs", "-o", options, "dk", os.fspath(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        message = f"a small disk needs root, who may mount: {done.stderr.strip()}"
        raise UnavailableError(message)
