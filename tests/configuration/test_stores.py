"""Stores by name: opened once, with a default and a mode of saving."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import dkdata as dk
from dkdata.errors import ConfigError, ExistsError, StoreNotFoundError
from dkdata.stores.memory import MemoryStore
from tests.configuration.servers import FRAME, ServerStore, configured


class TestStores:
    def test_a_store_is_opened_once_until_configure(self):
        ServerStore.opened.clear()
        config = configured("stores: {s: {backend: server}}")
        assert config.store("s") is dk.config().store("s") is config.get_instance("stores", "s")
        configured("stores: {s: {backend: server, port: 2}}")
        assert [store.is_closed for store in ServerStore.opened] == [True]
        assert dk.config().store("s").options["port"] == 2

    def test_threads_open_one_store(self):
        ServerStore.opened.clear()
        config, start = configured("stores: {s: {backend: server}}"), threading.Barrier(8)

        def opened():
            start.wait()
            config.store("s")

        threads = [threading.Thread(target=opened) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ServerStore.opened) == 1

    def test_one_that_lacks_a_variable_keeps_no_other_from_use(self):
        configured("stores: {s: {backend: server, user: '${NONE}'}, t: {backend: server}}")
        assert dk.config().store("t").name == "t"

    def test_the_default_store(self):
        config = configured("default: ${STORE:out}\nstores: {out: {backend: delta, path: lake}}")
        FRAME.dk.save("orders")
        assert Path("lake/orders/_delta_log").is_dir()
        assert config.store() is config.store("out")

    def test_the_workspace_may_lie_elsewhere(self):
        configured("stores: {local: {path: own.duckdb, save_mode: replace}}")
        for _ in range(2):
            FRAME.dk.save("orders")
        assert Path("own.duckdb").exists()

    def test_an_option_that_the_workspace_lacks(self):
        with pytest.raises(ConfigError, match=r"stores\.local: 'pth' is not known. Did you mean"):
            configured("stores: {local: {pth: x}}").store("local")

    def test_no_store_of_that_name(self):
        config = configured("stores: {warehouse: {backend: server}}")
        with pytest.raises(
            StoreNotFoundError, match=r"no store named 'warehose'\. Did you mean 'war"
        ):
            config.store("warehose")

    def test_no_backend_of_that_name(self):
        config = configured("stores: {s: {backend: servr}}")
        message = "dkdata.yaml: stores.s: backend='servr' is not possible. Did you mean 'server'"
        with pytest.raises(ConfigError, match=message):
            config.store("s")


class TestSaveMode:
    TEXT = "stores: {out: {backend: delta, path: lake, save_mode: '${MODE:replace}'}}"

    def test_it_holds_where_the_call_names_none(self):
        configured(self.TEXT)
        for _ in range(2):
            assert FRAME.dk.save("out.orders").rows == 2
            dk.copy("out.orders", "out.copied")
        assert dk.count("out.orders") == dk.count("out.copied") == 2

    def test_a_mode_of_the_call_wins(self):
        configured(self.TEXT)
        FRAME.dk.save("out.orders")
        with pytest.raises(ExistsError, match="'orders' exists in store 'out'"):
            FRAME.dk.save("out.orders", mode="error")
        FRAME.dk.save("out.orders", mode="append")
        assert dk.count("out.orders") == 4

    def test_other_stores_are_as_ever(self):
        configured(self.TEXT)
        FRAME.dk.save("orders")
        with pytest.raises(ExistsError, match="'orders' exists in store 'local'"):
            FRAME.dk.save("orders")

    def test_a_mode_that_there_is_not(self, monkeypatch):
        monkeypatch.setenv("MODE", "repalce")
        configured(self.TEXT)
        message = r"stores\.out\.save_mode: 'repalce' is no mode. Did you mean 'replace'"
        with pytest.raises(ConfigError, match=message):
            FRAME.dk.save("out.orders")


def test_every_store_can_be_made_of_options():
    with pytest.raises(ConfigError, match=r"MemoryStore: 'path' is not known\. There are: none"):
        MemoryStore.from_config({"path": "x"})
    assert MemoryStore.from_config({}, "mine").name == "mine"
