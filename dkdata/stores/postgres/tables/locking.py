"""Locks on tables, waited for without holding up those who read them."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dkdata import notes
from dkdata.errors import ConflictError, DeadlineError, StoreError
from dkdata.retrying import TransientError
from dkdata.stores.postgres.connection import failures
from dkdata.stores.postgres.tables import lookup
from dkdata.stores.postgres.tables.held import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.stores.postgres.connection.session import Session
    from dkdata.stores.postgres.tables.held import Held

WAIT_SECONDS = 60.0
_PATIENCE_MS = 60  # while a lock is asked for, those who come later wait behind it
_PAUSE_SECONDS = 0.2
_ABSENT = "42P01"
EXCLUSIVE = "ACCESS EXCLUSIVE"
WRITERS = "SHARE ROW EXCLUSIVE"
ROWS = "ROW EXCLUSIVE"


def lock(session: Session, held: Held, mode: str) -> None:
    """Lock a table in the transaction of a session, as soon as it can be had.

    Raises as ``run`` does.
    """
    if held.kind != Kind.FOREIGN:  # its server locks what is written
        run(session, held, f"LOCK TABLE {held.sql} IN {mode} MODE")


def run(session: Session, held: Held, sql: str) -> None:
    """Run a statement that has to wait for a lock on a table: by short attempts.

    Raises
    ------
    DeadlineError
        Others hold it until the end of the wait; the message says who.
    TransientError
        The table is there no more, or is not the same.
    """
    until = session.deadline or time.monotonic() + WAIT_SECONDS
    while not _has_run(session, held, sql):
        if time.monotonic() + 2 * _PAUSE_SECONDS > until:  # leaves time to ask who holds it
            way = "and try again" if session.deadline is None else "or raise timeout="
            message = (
                f"{session.doing}: the time allowed ran out while waiting for"
                f" {_holders(session, held)} to let {held.words} go. {session.outcome}Let it"
                f" finish, {way}."
            )
            raise DeadlineError(message)
        time.sleep(random.uniform(0.01, _PAUSE_SECONDS))  # noqa: S311 - spreads the attempts


@contextmanager
def noticing_changes(held: Held, *codes: str) -> Iterator[None]:
    """Say of what fails because a table has gone meanwhile that somebody else changed it.

    Parameters
    ----------
    codes
        Of the server, beside that of a table which is not there, that say so too.

    Raises
    ------
    TransientError
        It is there no more, or is not the same.
    """
    try:
        yield
    except StoreError as error:
        if failures.code_of(error) in (_ABSENT, *codes):
            raise changed_meanwhile(held) from error
        raise


def _has_run(session: Session, held: Held, sql: str) -> bool:
    """Ask for a lock for a moment, and give way if it is not to be had."""
    try:
        with noticing_changes(held), session.savepoint():
            own, oid, _ = session.one(
                "SELECT current_setting('lock_timeout'), to_regclass(%s)::oid::bigint,"
                f" set_config('lock_timeout', '{_PATIENCE_MS}ms', true)",
                (held.sql,),
            )
            if oid is None:
                raise changed_meanwhile(held)
            session.run(sql)
    except DeadlineError:
        if session.deadline is not None and time.monotonic() > session.deadline:
            raise
        return False
    session.run("SELECT set_config('lock_timeout', %s, true)", (own,))
    return True


def _holders(session: Session, held: Held) -> str:
    """Return who holds a table, as far as the role may see it."""
    found = session.run(
        "SELECT DISTINCT l.pid, a.usename, nullif(a.application_name, '') FROM pg_locks l"
        " JOIN pg_stat_activity a USING (pid)"
        " WHERE l.relation = %s AND l.granted AND l.pid <> pg_backend_pid() ORDER BY 1 LIMIT 3",
        (held.oid,),
    )
    told = [
        f"process {pid} (role {role!r}{f', {application}' if application else ''})"
        for pid, role, application in found
    ]
    return ", ".join(told) or "others"


def check_unchanged(session: Session, held: Held) -> Held:
    """Return a table that is locked now, if it is as it was when its columns were looked at.

    Raises
    ------
    TransientError
        Somebody else changed, replaced or dropped it.
    """
    now = _as_it_was(session, held)
    if now is None:
        raise changed_meanwhile(held)
    return now


def check_in_place(session: Session, held: Held) -> None:
    """Raise if what was read is not the table that was looked at, as it was then.

    A snapshot is of the catalog too, but names and files are those of the moment. What was read is
    locked until the end of the transaction: this is it, or was not before. Of a file that was
    written anew since the snapshot, nothing is seen.

    Raises
    ------
    TransientError
        Somebody else has replaced it, or written it anew.
    """
    sql = "SELECT to_regclass(%s)::oid::bigint, coalesce(pg_relation_filenode(%s), 0)::bigint"
    if session.first(sql, (held.sql, held.oid)) != (held.oid, held.file):
        raise _replaced(held)


def check_still_there(session: Session, held: Held) -> None:
    """Raise if a table that could not be read is not any more what was looked at.

    Raises
    ------
    TransientError
        Somebody else has replaced or changed it.
    """
    if _as_it_was(session, held) is None:
        raise _replaced(held)


def _replaced(held: Held) -> TransientError:
    return TransientError(
        ConflictError(f"{held.words} was changed by somebody else while it was read. Try again.")
    )


def _as_it_was(session: Session, held: Held) -> Held | None:
    now = lookup.refreshed(session, held)
    return now if now and _seen(now) == _seen(held) else None


def _seen(held: Held) -> tuple[object, ...]:
    # A long note that could not be read is told by what refers to it.
    note = held.note_text and (
        notes.parsed(held.note_text).get("spilled") or notes.digest(held.note_text)
    )
    return held.oid, held.columns, held.remark, note


def changed_meanwhile(held: Held) -> TransientError:
    """Return the error of a table that somebody else changed meanwhile."""
    what = f"somebody else changed {held.words} while the rows were on their way."
    return TransientError(
        ConflictError(f"{what} Nothing was written. Look at it, and try again."), what
    )
