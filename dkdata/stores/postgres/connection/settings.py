"""Settings of a transaction, whatever those of the server and of the role are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.stores.postgres.connection.parameters import Parameters

# What texts that are sent and received mean, whatever the server's own settings are.
SETTINGS: Mapping[str, str] = {
    "client_encoding": "UTF8",
    "DateStyle": "ISO",
    "TimeZone": "UTC",
    "IntervalStyle": "postgres",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
}
# A transaction is idle while rows are made here, or read on another connection: for as long as
# that takes, whatever limit the role has. It ends with the call, or with the process.
_PATIENCE: Mapping[str, str] = {"idle_in_transaction_session_timeout": "0"}
# How often a server looks whether its client is still there, while it works or waits for a lock;
# since version 14, and not on Windows.
_NOTICING = """
    CASE WHEN current_setting('client_connection_check_interval', true) IS NOT NULL
        AND version() !~* 'windows|msvc|visual c|mingw'
    THEN set_config('client_connection_check_interval', '200ms', true) END
"""


def beginning(parameters: Parameters, *, reads: bool) -> str:
    """Return the first statements of a transaction."""
    if reads:
        kind = "ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    else:  # what is seen after a wait for a lock has to be what is there then
        kind = "ISOLATION LEVEL READ COMMITTED"
        kind += ", READ ONLY" if parameters.is_read_only else ""
    return f"SET TRANSACTION {kind}; {setting(parameters)}"


def setting(parameters: Parameters) -> str:
    """Return the SELECT that gives a transaction its settings.

    They are of the transaction, not of the session: that may be shared, by a pooler between here
    and the server, with others whose settings are theirs.
    """
    from psycopg2.extensions import QuotedString  # noqa: PLC0415 - on use

    wanted = {**SETTINGS, **_PATIENCE, **parameters.settings}
    calls = [
        f"set_config('{name}', {QuotedString(value).getquoted().decode()}, true)"
        for name, value in wanted.items()
    ]
    return f"SELECT {', '.join([*calls, _NOTICING])}"
