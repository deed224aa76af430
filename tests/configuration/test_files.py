"""Where the file is, and what it may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

import dkdata as dk
from dkdata.errors import ConfigError, UsageError
from tests.configuration.servers import FRAME, configured


class TestFiles:
    @pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "stores:\n", "stores: []\n"])
    def test_a_file_that_names_nothing(self, text):
        assert configured(text).names() == ["local", "memory"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("- a\n- b\n", "dkdata.yaml: it holds a list. Write 'stores:'"),
            ("orders\n", "dkdata.yaml: it holds a single value"),
            ("stores:\n\ta: b\n", "dkdata.yaml, line 2: there is a tab. YAML indents by spaces."),
            ("stores: {a: {backend: ${X:y}}}", "dkdata.yaml, line 1: it is not YAML"),
            ("stores: {}\nstores: {}\n", "line 2: the key 'stores' is there a second time"),
            ("stores: {a: {path: x, path: y}}", "line 1: the key 'path' is there a second time"),
            ("stores: {}\n---\nstores: {}\n", "dkdata.yaml, line 2: it is not YAML"),
            ("stores: orders\n", "dkdata.yaml: stores: it is a text"),
            ("stores: {a: orders}\n", r"dkdata.yaml: stores\.a: it is a text"),
            ("stores: {'': {}}\n", "dkdata.yaml: stores: '' is no name"),
            ("stores: [{backend: file}]\n", r"dkdata.yaml: stores\[0\]: it has no 'name'"),
            ("stores: [{name: a}, {name: a}]\n", "dkdata.yaml: stores: 'a' is there twice"),
            ("stors: {}\n", "dkdata.yaml: 'stors' is not known. Did you mean 'stores'"),
            ("default: lake\n", "dkdata.yaml: default: there is no store 'lake'. There are: local"),
            ("default: ${NONE}\n", "dkdata.yaml: default: environment variable 'NONE' is not set"),
            ("stores: {memory: {backend: file, path: x}}", "'memory' is always memory"),
            ("stores: {local: {backend: memory}}", "'local' is always duckdb. Choose another"),
            ("stores: {a: !!python/object:x {}}", "dkdata.yaml, line 1: it is not YAML"),
            ("stores: {a: \x00}", "dkdata.yaml: it is not YAML|a character that YAML forbids"),
        ],
    )
    def test_a_file_that_is_wrong(self, text, message):
        with pytest.raises(ConfigError, match=message):
            configured(text)

    def test_a_file_of_another_encoding(self):
        Path("dkdata.yaml").write_bytes("stores: {}\n# größe\n".encode("latin-1"))
        with pytest.raises(ConfigError, match=r"dkdata\.yaml, line 2: it is not UTF-8"):
            dk.config()

    def test_a_byte_order_mark_is_no_part_of_it(self):
        Path("dkdata.yaml").write_text("default: memory", encoding="utf-8-sig")
        assert dk.config().default == "memory"

    def test_a_folder_and_a_file_that_is_not_there(self, tmp_path, monkeypatch):
        with pytest.raises(ConfigError, match=r"it is a folder\. Give the path of a file"):
            dk.configure(tmp_path)
        with pytest.raises(ConfigError, match=r"absent\.yaml: there is no such file"):
            dk.configure("absent.yaml")
        with pytest.raises(UsageError, match="'int' is no configuration"):
            dk.configure(5)
        monkeypatch.setenv("DKDATA_CONFIG", "absent.yaml")
        with pytest.raises(ConfigError, match=r"\$DKDATA_CONFIG: there is no file 'absent\.yaml'"):
            dk.save(FRAME, "orders")

    def test_it_is_found_here_then_in_a_parent_and_by_the_variable(self, tmp_path, monkeypatch):
        (tmp_path / "a" / "b").mkdir(parents=True)
        (tmp_path / "dkdata.yaml").write_text("default: memory\nstores: {top: {backend: memory}}")
        (tmp_path / "a" / "dkdata.yaml").write_text("stores: {near: {backend: memory}}")
        found = []
        for folder in (".", "a", "a/b"):
            monkeypatch.chdir(tmp_path / folder)
            found.append(dk.config().names())
        assert found == [["local", "memory", "top"], *[["local", "memory", "near"]] * 2]
        monkeypatch.setenv("DKDATA_CONFIG", str(tmp_path / "dkdata.yaml"))
        assert dk.config().default == "memory"

    def test_paths_are_relative_to_the_file(self, tmp_path, monkeypatch):
        (tmp_path / "sub").mkdir()
        text = "stores: {out: {backend: file, path: data}, lake: {url: 'duckdb:///x.duckdb'}}"
        (tmp_path / "dkdata.yaml").write_text(text)
        monkeypatch.chdir(tmp_path / "sub")
        assert dk.config().store("out").path == tmp_path / "data"
        assert dk.config().store("lake").path == tmp_path / "x.duckdb"

    def test_paths_of_a_mapping_are_relative_to_where_one_is(self):
        dk.configure({"stores": {"out": {"backend": "file", "path": "data"}}})
        FRAME.dk.save('out."orders.csv"')
        assert Path("data/orders.csv").exists()

    def test_what_was_configured_holds_until_configure_is_called_without_anything(self):
        Path("dkdata.yaml").write_text("default: memory")
        dk.configure({"stores": {"mine": {"backend": "memory"}}})
        assert dk.config().names() == ["local", "memory", "mine"]
        assert dk.configure().default == "memory"
