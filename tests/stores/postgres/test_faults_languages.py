"""Servers that answer in another language: what is done then, and what is said, is the same."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import DeadlineError, StoreError
from dkdata.stores.postgres.connection.pool import pool_of
from tests.services.databases import run
from tests.services.postgres import role
from tests.stores.postgres.faulty import configure

FRAME = pd.DataFrame({"id": [1, 2]})
# As PostgreSQL 15 says them, in the letters that it has before it knows the client's.
PASSING = {
    "full": "FATAL:tut mir leid, schon zu viele Verbindungen",
    "starting": "VAZHNO:sistema baz danny`x zapuskaetsya",
    "unreadable": "FATAL:das Datenbanksystem f\xe4hrt hoch",
}
STAYING = {
    "password": "FATAL:Passwort-Authentifizierung f?r Benutzer >>ada<< fehlgeschlagen",
    "database": "FATAL:la base de donn?es << shop >> n'existe pas",
    "not let in": "VAZHNO:v pg_hba.conf net zapisi dlya komp`yutera",
}


class _Refusing(socketserver.BaseRequestHandler):
    """Answers who connects with an error."""

    def handle(self):
        self.server.asked += 1
        self.request.recv(1024)
        severity, said = self.server.says.split(":")
        fields = {"S": severity, "C": "53300", "M": said}
        told = "".join(f"{kind}{text}\0" for kind, text in fields.items()).encode("latin-1") + b"\0"
        self.request.sendall(b"E" + (len(told) + 4).to_bytes(4) + told)


@contextmanager
def refusing(says):
    """Start a server that lets nobody in, and call it ``warehouse``."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Refusing) as server:
        server.says, server.asked = says, 0
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        place = f"127.0.0.1:{server.server_address[1]}"
        server.url = f"postgresql://ada@{place}/shop?sslmode=disable&gssencmode=disable"
        configure(server.url)
        yield server
        server.shutdown()


@pytest.mark.parametrize("says", PASSING.values(), ids=list(PASSING))
def test_a_server_that_takes_nobody_now_is_asked_again(says):
    with refusing(says) as server:
        refused = r"as role 'ada': (tut mir|sistema|das Daten)"
        # The time allowed may also run out in the middle of an attempt.
        with pytest.raises((StoreError, DeadlineError), match=refused):
            dk.load("warehouse.orders", timeout=1.5)
        assert server.asked > 1


@pytest.mark.parametrize("says", STAYING.values(), ids=list(STAYING))
def test_a_refusal_of_the_role_or_the_database_is_final(says):
    with refusing(says) as server:
        with pytest.raises(StoreError, match=r"as role 'ada': (Passwort|la base|v pg_hba[.]conf)"):
            dk.load("warehouse.orders", timeout=1.5)
        assert server.asked == 1


@pytest.mark.parametrize("password", ["0123", "ada", "a"])
def test_a_role_is_not_locked_out_by_many_attempts(password):
    with refusing(STAYING["password"]) as server:
        configure(f"{server.url}&password={password}")
        pool_of(dk.config().store("warehouse").identity).has_connected = True  # once
        with pytest.raises(StoreError, match="as role 'ada': P"):
            dk.load("warehouse.orders", timeout=1.5)
        assert server.asked == 1


@pytest.mark.parametrize(
    ("says", "remedy"),
    [
        (STAYING["not let in"], "The server does not let in this role from here"),
        (
            "FATAL:droit refus? pour la base de donn?es << shop >> (privil?ge CONNECT)",
            'Have an administrator run: GRANT CONNECT ON DATABASE "shop" TO "ada".',
        ),
    ],
)
def test_what_no_language_translates_is_understood(says, remedy):
    with refusing(says), pytest.raises(StoreError) as caught:
        dk.load("warehouse.orders", timeout=1.5)
    assert remedy in str(caught.value)


RIGHTS = {
    "keine Berechtigung für Tabelle orders": 'SELECT, INSERT ON "public"."orders" TO "{role}"',
    "нет доступа к схеме public": 'USAGE ON SCHEMA "public" TO "{role}"',
    "テーブル others へのアクセスが拒否されました": "Ask an administrator for it",
}


@pytest.mark.parametrize("said", RIGHTS)
def test_a_right_that_is_missing_is_named_with_its_grant(postgres_url, said):
    configure(postgres_url)
    dk.save(FRAME, "warehouse.orders")
    run(
        postgres_url,
        "create function refuse() returns trigger language plpgsql as"
        f" $$ begin raise '{said}' using errcode = '42501'; end $$;"
        " create trigger refuse before insert on orders execute function refuse()",
    )
    with role(postgres_url, "all on orders") as url:
        configure(url)
        with pytest.raises(StoreError) as caught:
            dk.save(FRAME, "warehouse.orders", mode="append")
        name = dk.config().store("warehouse").identity.role
        assert f"{said}. Nothing was changed. " in str(caught.value)
        assert str(caught.value).endswith(f"{RIGHTS[said].format(role=name)}.")
