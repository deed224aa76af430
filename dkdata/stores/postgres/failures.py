"""What PostgreSQL's errors mean to a caller; which of them pass by themselves."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from dkdata.errors import (
    ConflictError,
    DeadlineError,
    DkError,
    QueryError,
    SchemaError,
    StoreError,
    UsageError,
)
from dkdata.retrying import TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.stores.postgres.options import Parameters
    from dkdata.stores.postgres.session import Session

_HIDDEN = "***"
# Server is starting, stopping, out of connections; the line broke; two transactions met.
_PASSING = ("08", "53300", "57P01", "57P02", "57P03", "40001", "40P01", "25P03")
_RULES = ("23",)
_BROKEN = "the connection was lost"


@contextmanager
def translated(session: Session) -> Iterator[None]:
    """Turn errors of the driver into dkdata's, without secrets."""
    import psycopg2  # noqa: PLC0415 - on use

    try:
        yield
    except psycopg2.Error as error:
        _raise(error, session)


def _raise(error: Any, session: Session) -> NoReturn:  # noqa: ANN401 - of an untyped driver
    code = error.pgcode or ""
    if not code and _is_broken(error, session):
        session.discard()
        lost = StoreError(
            f"{session.parameters.place}: {_BROKEN} during {session.doing}"
            f" ({reason(error, session.parameters)})."
        )
        lost.__cause__ = error
        raise TransientError(lost) from error
    found = meaning(error, session)
    if code.startswith(_PASSING):
        if code.startswith("57P"):
            session.discard()
        found.__cause__ = error
        raise TransientError(found) from error
    raise found from error


def _is_broken(error: Any, session: Session) -> bool:  # noqa: ANN401 - of an untyped driver
    import psycopg2  # noqa: PLC0415 - on use

    is_operational = isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError))
    return bool(session.connection.closed) or not session.is_usable or is_operational


def reason(error: BaseException, parameters: Parameters) -> str:
    """Return what the server says, in one line and without secrets."""
    diagnosed = getattr(getattr(error, "diag", None), "message_primary", None)
    detail = getattr(getattr(error, "diag", None), "message_detail", None)
    text = str(diagnosed or str(error)).strip()
    text = re.sub(r"\s*\n\s*", " ", text).removeprefix("FATAL:  ").rstrip(".")
    if detail:
        text += f": {detail.strip().rstrip('.')}"
    for secret in parameters.secrets:
        text = text.replace(secret, _HIDDEN)
    return text


def meaning(error: Any, session: Session) -> DkError:  # noqa: ANN401, PLR0911 - a table of codes
    """Return what an error of the server means."""
    said, outcome = reason(error, session.parameters), session.outcome
    doing, place = session.doing, session.parameters.place
    match str(error.pgcode or ""):
        case "42501":
            return StoreError(
                f"{doing}: role {session.role!r} lacks a right: {said}. {outcome}Ask the owner of"
                f" it, or an administrator, for the right:{_grant(said, session.role)}."
            )
        case "57014":
            return DeadlineError(f"{doing}: {place} stopped it: {said}. {outcome}Raise timeout=.")
        case "55P03":
            return DeadlineError(f"{doing}: {said}. {outcome}Try again, or raise timeout=.")
        case "25006":
            return StoreError(
                f"{doing}: {place} is read-only: {said}. {outcome}Connect to the primary server,"
                " or leave out read_only in the configuration."
            )
        case "53100" | "58030":
            return StoreError(f"{doing}: the disk of {place} is full: {said}. {outcome}Make room.")
        case "53300":
            return StoreError(f"{place}: no connection is free: {said}. Try again later.")
        case "40001" | "40P01":
            return ConflictError(f"{doing}: somebody else wrote at the same time: {said}.")
        case "2BP01":
            return UsageError(f"{doing}: other objects depend on it: {said}. {outcome}Drop those first.")
        case "22021" | "22P05":
            return SchemaError(f"{doing}: the database cannot hold the text: {said}. {outcome}")
        case "54000":
            return SchemaError(f"{doing}: a value is too large: {said}. {outcome}")
        case code if code.startswith(_RULES):
            return ConflictError(
                f"{doing}: the rows break a rule of the table: {said}. {outcome}Change those rows."
            )
        case code if code.startswith("22"):
            return QueryError(f"{doing}: {said}. {outcome}")
        case code if code.startswith("57P"):
            return StoreError(f"{place}: the server ended the connection: {said}. {outcome}")
    return StoreError(f"{doing} failed: {said}. {outcome}")


_RIGHTS = (
    (r"permission denied for table (\S+)", " GRANT SELECT, INSERT, UPDATE, DELETE ON {0} TO {1}"),
    (r"permission denied for schema (\S+)", " GRANT USAGE, CREATE ON SCHEMA {0} TO {1}"),
    (r"permission denied for database (\S+)", " GRANT CREATE, TEMPORARY ON DATABASE {0} TO {1}"),
    (r"permission to create temporary tables in database (\S+)", " GRANT TEMPORARY ON DATABASE {0} TO {1}"),
    (r"must be owner of (?:table|relation|view) (\S+)", " it is its owner's: GRANT that role TO {1}"),
)  # fmt: skip


def _grant(said: str, role: str) -> str:
    for pattern, form in _RIGHTS:
        found = re.search(pattern, said.replace('"', ""))
        if found:
            return form.format(found[1].rstrip(":,"), role)
    return f" it is for role {role!r}"


_REFUSED = (
    ("password authentication failed", "the password is refused. Check it in the configuration, PGPASSWORD or ~/.pgpass"),
    ("no password supplied", "a password is asked for. Give it in the configuration, PGPASSWORD or ~/.pgpass"),
    ("does not exist", "Check the name of the database, the role and the host"),
    ("could not translate host name", "Check the name of the host"),
    ("no pg_hba.conf entry", "The server lets this role, host or kind of connection not in: pg_hba.conf decides"),
    ("Connection refused", "Is the server running there? Check host and port"),
    ("No such file or directory", "Is the server running there? Check the folder of its socket, or name a host"),
)  # fmt: skip
_STARTING = ("starting up", "shutting down", "in recovery mode", "too many clients",
             "remaining connection slots", "not yet accepting connections", "too many connections")  # fmt: skip


@contextmanager
def of_connecting(parameters: Parameters, *, is_known: bool) -> Iterator[None]:
    """Say why there is no connection; what passes by itself may be tried again.

    Parameters
    ----------
    is_known
        Whether the server was there before, so that it may come back.
    """
    import psycopg2  # noqa: PLC0415 - on use

    try:
        yield
    except psycopg2.Error as error:
        said = reason(error, parameters)
        hints = [hint for part, hint in _REFUSED if part in said]
        message = f"cannot connect to {parameters.place} as role {parameters.role!r}: {said}."
        found = StoreError(f"{message} {hints[0]}." if hints else message)
        found.__cause__ = error
        is_gone = is_known and isinstance(error, psycopg2.OperationalError) and not (
            set(hints) - {hint for part, hint in _REFUSED if part in ("Connection refused", "No such file or directory")}
        )  # fmt: skip
        if is_gone or any(part in said for part in _STARTING):
            raise TransientError(found) from error
        raise found from error
