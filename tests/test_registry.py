"""Backends by name and by URL, of dkdata and of others."""

from __future__ import annotations

import sys

import pytest

import dkdata as dk
from dkdata.errors import ConfigError, MissingDependencyError, UnsupportedError, UsageError
from dkdata.stores.memory import MemoryStore


def _write_module(folder, monkeypatch, name, text):
    (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, name, raising=False)


def test_backends_lists_what_there_is_and_what_to_install():
    known = dk.backends().set_index("name")
    assert known.columns.tolist() == ["installed", "install", "capabilities"]
    assert known.index.tolist()[:5] == ["memory", "file", "delta", "duckdb", "postgres"]
    assert known.loc["postgres", "install"] == "psycopg2-binary"
    assert known.loc["memory", "install"] == ""
    assert known["installed"].all()
    assert known["capabilities"].str.len().gt(0).all()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("duckbd:///x", r"no backend for duckbd:// is known. Did you mean 'duckdb://'\? There are"),
        ("gopher://host/x", "no backend for gopher:// is known. There are: memory://, file://"),
    ],
)
def test_a_scheme_that_nobody_has(url, message):
    with pytest.raises(UnsupportedError, match=message):
        dk.connect(url)


def test_a_name_that_no_backend_has_is_told_from_one_that_is_not_installed():
    with pytest.raises(
        ConfigError, match=r"backend='duckbd' is not possible\. Did you mean 'duckd"
    ):
        dk.connect({"backend": "duckbd"})
    dk.register_backend("clickhouse", "dk_clickhouse:ClickHouseStore")
    known = dk.backends().set_index("name").loc["clickhouse"]
    assert (known["installed"], known["install"]) == (False, "dk-clickhouse")
    message = "backend 'clickhouse' needs 'dk-clickhouse'. Install it: pip install dk-clickhouse."
    for opening in (
        lambda: dk.connect({"backend": "clickhouse"}),
        lambda: dk.load("clickhouse://db#orders"),
    ):
        with pytest.raises(MissingDependencyError) as raised:
            opening()
        assert str(raised.value) == message


def test_a_driver_that_is_not_installed_is_named_before_the_class_is_imported():
    dk.register_backend("x", "nowhere:X", package="no_such_driver", install="driver[fast]")
    with pytest.raises(MissingDependencyError, match=r"pip install driver\[fast\]"):
        dk.connect("x://")


@pytest.mark.parametrize(
    ("place", "text", "message"),
    [
        ("shelf_a:ShelfStroe", "ShelfStore = 1", "has no 'ShelfStroe'. Did you mean 'ShelfStore'"),
        ("shelf_b.inner:Store", "", "backend 'x': there is no module 'shelf_b.inner'"),
    ],
)
def test_a_place_where_no_class_is(place, text, message, tmp_path, monkeypatch):
    _write_module(tmp_path, monkeypatch, place.partition(":")[0].partition(".")[0], text)
    dk.register_backend("x", place)
    with pytest.raises(ConfigError, match=message):
        dk.connect("x://")


def test_a_package_that_lacks_another_one_says_so_itself(tmp_path, monkeypatch):
    _write_module(tmp_path, monkeypatch, "shelf_c", "import no_such_package")
    dk.register_backend("x", "shelf_c:Store")
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        dk.connect("x://")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("duckdb", "mine:Store"), "'duckdb' of dkdata has that name or a scheme"),
        (("mine", "mine"), "'mine' is not the place of a store. Give 'module:Class'"),
        (("mine", MemoryStore), "is not the place of a store"),
    ],
)
def test_what_cannot_be_registered(given, message):
    with pytest.raises(UsageError, match=message):
        dk.register_backend(*given)


def test_a_scheme_of_dkdata_cannot_be_taken():
    with pytest.raises(UsageError, match="'postgres' of dkdata has that name or a scheme"):
        dk.register_backend("mine", "mine:Store", schemes=("postgresql",))


def test_a_registered_backend_is_used_by_name_and_by_its_schemes():
    dk.register_backend("ram", "dkdata.stores.memory:MemoryStore", schemes=("ram", "rams"))
    assert isinstance(dk.connect({"backend": "ram", "name": "mine"}), MemoryStore)
    assert dk.connect("rams://").tables() == dk.connect("ram://").tables()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("warehouse", "'warehouse' is no URL"),
        ("ada:pw9x@db/shop", r"'ada:\*\*\*@db/shop' is no URL"),
        ("duckdb:///x.duckdb#orders", "'duckdb:///x.duckdb#orders' names a table"),
        ("duckdb:///x.duckdb?mode=ro", r"x\.duckdb\?mode=ro: 'mode' is not known. There are: path"),
        ("duckdb://", "duckdb://.path: is missing, or empty"),
        ("memory://x", "'path' is not known. There are: none"),
        ({"path": "x"}, "the options of a store: no backend is named. There are: memory, file"),
        ({"backend": "file", "path": "x", "fromat": "csv"}, "Did you mean 'format'"),
        ({"backend": "file", "path": "x", "format": "cvs"}, "FileStore.format: .*Did you mean"),
        ({"backend": "file"}, "FileStore.path: is missing, or empty"),
        ({"backend": "file", "path": ["x"]}, "FileStore.path: 'list' is not a path"),
        (5, "'int' is neither a URL nor a mapping"),
    ],
)
def test_what_cannot_be_connected_to(given, message):
    with pytest.raises((UsageError, ConfigError), match=message) as raised:
        dk.connect(given)
    assert "pw9x" not in str(raised.value)


def test_connect_opens_a_store_of_its_own(tmp_path):
    url = f"duckdb:///{tmp_path}/shop.duckdb"
    with dk.connect(url) as one, dk.connect(url) as other:
        assert one is not other
        assert (one.name, one.path) == ("shop.duckdb", tmp_path / "shop.duckdb")


def test_options_of_connect_win_over_those_of_the_mapping(monkeypatch):
    monkeypatch.setenv("OUT", "data")
    store = dk.connect({"backend": "file", "path": "x", "name": "${OUT}"}, path="y")
    assert (store.name, str(store.path)) == ("data", "y")
