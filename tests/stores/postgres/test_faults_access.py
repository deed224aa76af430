"""Servers that do not let in, and roles that may not: said with what to do, and no password."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import DkError, StoreError, UsageError
from tests.services.databases import run
from tests.services.postgres import read_only, role
from tests.stores.postgres.faulty import configure, told

FRAME = pd.DataFrame({"id": [1, 2], "text": ["a", "b"]})
SECRET = "s3cret-0123"  # noqa: S105 - shown nowhere
PLACES = {
    "password": (f"postgres:{SECRET}@{{host}}/{{database}}", "The password is refused. Check it"),
    "role": (f"nobody:{SECRET}@{{host}}/{{database}}", "The password is refused. Check it"),
    "no password": ("postgres@{host}/{database}", "Give a password in the configuration"),
    "host": (f"a:{SECRET}@nosuch.invalid/x", "Check the name of the host."),
    "port": (f"a:{SECRET}@127.0.0.1:1/x", "Is the server running there? Check host and port."),
    "socket": (f"a:{SECRET}@%2Fnosuch/x", "Is the server running there? Check host and port."),
}
CALLS = {
    "load": lambda: dk.load("warehouse.orders"),
    "tables": lambda: dk.tables("warehouse"),
    "new": lambda: dk.save(FRAME, "warehouse.new"),
    "save": lambda: dk.save(FRAME, "warehouse.orders", mode="replace"),
    "append": lambda: dk.save(FRAME.add([2, ""]), "warehouse.orders", mode="append"),
    "upsert": lambda: dk.save(FRAME, "warehouse.orders", mode="upsert", key="id"),
    "delete": lambda: dk.delete("warehouse.orders", "id = 1"),
    "update": lambda: dk.update("warehouse.orders", {"text": "z"}, "id = 1"),
    "rename": lambda: dk.rename("warehouse.orders", "warehouse.others"),
    "drop": lambda: dk.drop("warehouse.orders"),
}


def _refused(call, kind=StoreError):
    """Return the message of a call that fails; no secret is in any part of the error."""
    with pytest.raises(kind) as caught:
        call()
    assert SECRET not in told(caught.value) + repr(dk.config()) + dk.config()._repr_html_()
    return str(caught.value)


@pytest.fixture
def parts(postgres_url):
    """What URLs of the database are made of."""
    parsed = urlsplit(postgres_url)
    return {"host": f"127.0.0.1:{parsed.port}", "database": parsed.path[1:]}


@pytest.mark.parametrize(("place", "remedy"), PLACES.values(), ids=list(PLACES))
@pytest.mark.parametrize("call", [CALLS["load"], CALLS["save"]], ids=["load", "save"])
def test_a_wrong_way_in_is_named(parts, place, remedy, call):
    url = f"postgresql://{place.format(**parts)}"
    configure(url)
    message = _refused(call)
    assert message.startswith("cannot connect to ")
    assert remedy in message


def test_a_wrong_database_is_named(postgres_url):
    configure(urlsplit(postgres_url)._replace(path="/nosuch").geturl())
    message = _refused(CALLS["load"])
    assert message.endswith("does not exist. Check the names of the database and of the role.")


def test_a_password_is_shown_nowhere(parts, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", SECRET)
    host, port = parts["host"].split(":")
    given = {"host": host, "port": port, "user": "postgres", "database": parts["database"]}
    dk.configure({"stores": {"warehouse": {"backend": "postgres", **given}}})
    assert "The password is refused" in _refused(CALLS["load"])
    dk.configure({"stores": {"warehouse": {"backend": "postgres", **given, "password": SECRET}}})
    assert "The password is refused" in _refused(CALLS["load"])
    store = dk.config().store("warehouse")
    table = dk.table("warehouse.orders")
    assert SECRET not in repr(store) + str(vars(store)) + repr(store.identity) + repr(table)
    url = f"postgresql://postgres:{SECRET}@{parts['host']}/{parts['database']}#orders"
    assert "The password is refused" in _refused(lambda: dk.load(url))
    assert "The password is refused" in _refused(lambda: dk.table(url)._repr_html_())


@pytest.mark.parametrize("password", ["12/34", "p@ss", "a@b/c", "x/y@z"])
def test_a_password_that_tears_a_url_is_shown_nowhere(password):
    with pytest.raises(dk.errors.DkError, match="with %-codes for the characters") as caught:
        dk.connect(f"postgresql://ada:{password}@127.0.0.1:1/shop").tables()
    shown = told(caught.value)
    assert not [part for part in (password, *re.split("[/@]", password)) if f"{part}@" in shown]
    assert password not in shown


# What is granted, what is called, and the end of what it says; of the role, {role}.
RIGHTS = {
    "load": ((), 'GRANT SELECT ON "public"."orders" TO "{role}".'),
    "new": ((), 'GRANT USAGE, CREATE ON SCHEMA "public" TO "{role}".'),
    "save": (
        ("select on orders",),
        'GRANT SELECT, INSERT, UPDATE, DELETE ON "public"."orders" TO "{role}".',
    ),
    "append": (
        ("select on orders",), 'GRANT SELECT, INSERT, UPDATE ON "public"."orders" TO "{role}".',
    ),
    "upsert": (
        ("select, insert on orders",),
        'GRANT SELECT, INSERT, UPDATE ON "public"."orders" TO "{role}".',
    ),
    "delete": (("select on orders",), 'GRANT SELECT, DELETE ON "public"."orders" TO "{role}".'),
    "update": (("select on orders",), 'GRANT SELECT, UPDATE ON "public"."orders" TO "{role}".'),
    "rename": (("all on orders",), 'ALTER TABLE "public"."orders" OWNER TO "{role}".'),
    "drop": (("all on orders",), 'ALTER TABLE "public"."orders" OWNER TO "{role}".'),
}  # fmt: skip


@pytest.fixture
def orders(postgres_url):
    configure(postgres_url)
    dk.save(FRAME, "warehouse.orders", key="id")
    return postgres_url


@pytest.mark.parametrize("verb", RIGHTS)
def test_a_right_that_is_missing_is_named_with_its_grant(orders, verb):
    granted, grant = RIGHTS[verb]
    with role(orders, *granted) as url:
        configure(url)
        message = _refused(CALLS[verb])
        name = urlsplit(url).username
        assert message.endswith(grant.format(role=name))
        assert urlsplit(url).password not in message
    assert run(orders, "select id, text from orders") == [(1, "a"), (2, "b")]
    assert run(orders, "select count(*) from pg_class where relname ~ '^dk_'") == [(0,)]


@pytest.mark.parametrize("verb", ["load", "new", "append", "upsert", "delete", "update"])
def test_the_grant_that_is_named_is_enough(orders, verb):
    granted, grant = RIGHTS[verb]
    with role(orders, *granted) as url:
        run(orders, grant[:-1].format(role=urlsplit(url).username))
        configure(url)
        CALLS[verb]()


def test_rights_on_a_part_of_what_dkdata_keeps_are_as_none(orders):
    some = ("usage on schema dkdata", "select, insert on all tables in schema dkdata")
    with role(orders, "select, insert, update on orders", *some) as url:
        configure(url)
        assert CALLS["append"]().rows == 2
        message = _refused(
            lambda: dk.save(FRAME.add([5, ""]), "warehouse.orders", mode="append", run_id="r1"),
            UsageError,
        )
        run(orders, message.partition(" run: ")[2][:-1])
        assert dk.save(FRAME.add([5, ""]), "warehouse.orders", mode="append", run_id="r1").rows == 2


@pytest.fixture
def closed(orders):
    """A database that nobody may enter without being let in."""
    database = urlsplit(orders).path[1:]
    run(orders, f"revoke all on database {database} from public")
    yield database
    run(orders, f"grant connect, temporary on database {database} to public")


def test_rights_on_the_database_are_named(orders, closed):
    database = closed
    with role(orders, "all on orders") as url:
        configure(url)
        name = urlsplit(url).username
        message = _refused(CALLS["append"])
        assert message.endswith(f'run: GRANT CONNECT ON DATABASE "{database}" TO "{name}".')
        run(orders, f"grant connect on database {database} to {name}")
        message = _refused(CALLS["append"])
        assert message.endswith(f'run: GRANT TEMPORARY ON DATABASE "{database}" TO "{name}".')
        assert len(dk.load("warehouse.orders")) == 2


def test_a_role_that_may_not_make_a_schema_saves_all_the_same(postgres_url):
    with role(postgres_url, "create on schema public") as url:
        configure(url)
        for mode in ("error", "append", "replace", "upsert"):
            key = "id" if mode in ("replace", "upsert") else None
            assert dk.save(FRAME, "warehouse.own", mode=mode, key=key).rows == 2
        assert dk.load("warehouse.own").equals(FRAME)
        assert dk.update("warehouse.own", {"text": "z"}, "id = 1") == 1
        dk.rename("warehouse.own", "warehouse.kept")
        message = _refused(
            lambda: dk.save(FRAME, "warehouse.kept", mode="replace", run_id="r1"), UsageError
        )
        assert message == (
            f"run_id='r1' cannot be kept: role {urlsplit(url).username!r} may neither make schema"
            " 'dkdata' nor write to its tables. Nothing was written. Leave run_id= out, or have an"
            f' administrator run: CREATE SCHEMA dkdata AUTHORIZATION "{urlsplit(url).username}".'
        )
        assert sorted(dk.load("warehouse.kept")["text"]) == ["b", "z"]
        dk.drop("warehouse.kept")
    assert run(postgres_url, "select 1 from pg_namespace where nspname = 'dkdata'") == []


def test_one_connection_is_enough(postgres_url):
    database = urlsplit(postgres_url).path[1:]
    many = pd.DataFrame({"id": range(100_000), "text": "x" * 20})
    with role(postgres_url, "create on schema public", f"create on database {database}") as url:
        run(postgres_url, f"alter role {urlsplit(url).username} connection limit 1")
        configure(url)
        for mode in ("error", "append", "replace", "upsert"):
            dk.save(many, "warehouse.many", mode=mode, key="id" if mode == "upsert" else None)
        more = many.assign(id=many["id"] + len(many))
        assert dk.save(more, "warehouse.many", mode="append", run_id="r1").rows == len(many)
        assert dk.delete("warehouse.many", dk.col("text").regex(r"^\p{Lu}")) == 0
        assert dk.count("warehouse.many") == 2 * len(many)
        dk.rename("warehouse.many", "warehouse.few")


def test_a_table_of_another_role_is_replaced_row_by_row(orders):
    with role(orders, "all on orders", "create on schema public") as url:
        configure(url)
        new = FRAME.assign(text=["x", "y"])
        assert dk.save(new, "warehouse.orders", mode="replace", key="id").rows == 2
        assert dk.load("warehouse.orders").equals(new)
    owner = "select tableowner from pg_tables where tablename = 'orders'"
    assert run(orders, owner) == [("postgres",)]


def test_what_only_the_owner_may_is_left_to_the_owner(orders):
    empty = FRAME.assign(text=pd.Series([None, None], dtype=object))
    dk.save(empty, "warehouse.orders", mode="replace")  # whose type is still to come
    with role(orders, "all on orders") as url:
        configure(url)
        message = _refused(lambda: dk.save(FRAME, "warehouse.orders", mode="append"))
    assert message.endswith(
        "Have its owner do it, or an administrator make this role a member of that one."
    )


@pytest.mark.parametrize("verb", ["save", "append", "upsert", "delete", "update"])
def test_a_role_that_may_only_read_is_told(orders, verb):
    grants = ("all on orders", "create on schema public")
    with role(orders, *grants, default_transaction_read_only="on") as url:
        configure(url)
        message = _refused(CALLS[verb])
        assert "the database is read-only" in message
        assert message.endswith("Nothing was changed. Connect to one that takes writes.")
        assert dk.load("warehouse.orders").equals(FRAME)


def test_a_store_that_is_configured_to_read_only_does(orders):
    configure(orders, read_only=True)
    for verb in ("save", "append", "upsert", "delete", "update", "rename", "drop"):
        assert "the database is read-only" in _refused(CALLS[verb])
    assert dk.load("warehouse.orders").equals(FRAME)


def test_a_server_that_is_read_only_is_read(own_postgres):
    configure(own_postgres.url)
    dk.save(FRAME, "warehouse.orders")
    with read_only(own_postgres.url):
        dk.config().store("warehouse").close()
        assert "the database is read-only" in _refused(CALLS["save"])
        assert dk.load("warehouse.orders").equals(FRAME)
    assert dk.save(FRAME, "warehouse.orders", mode="append").rows == 2


def test_a_file_that_is_no_url_shows_no_password():
    configure(f"postgresql://ada:{SECRET}@:x:y/db")
    with pytest.raises(DkError) as caught:
        dk.load("warehouse.orders")
    assert SECRET not in told(caught.value)
