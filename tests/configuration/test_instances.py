"""Suites and schemas by name, and the older form of a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

import dkdata as dk
from dkdata.errors import ConfigError, NotFoundError, UnsupportedError, UsageError
from tests.configuration.servers import configured


class TestOlderForm:
    @pytest.mark.parametrize(
        ("path", "options", "expected"),
        [
            ("dkdata.stores.duckdb.DuckDBStore", "path: x", "DuckDBStore"),
            ("dataknobs_data.backends.duckdb.DuckDBDatabase", "path: x", "DuckDBStore"),
            ("dataknobs_data.backends.memory.MemoryDatabase", "", "MemoryStore"),
            ("dataknobs_data.backends.memory.AsyncMemoryDatabase", "", "MemoryStore"),
            ("dataknobs_data.backends.file.SyncFileDatabase", "path: x", "FileStore"),
        ],
    )
    def test_the_class_says_the_backend(self, path, options, expected):
        text = f"databases:\n  - name: one\n    class: {path}\n    {options}\n"
        made = configured(text).get_instance("databases", "one")
        assert (type(made).__name__, made.name) == (expected, "one")

    @pytest.mark.parametrize(
        ("path", "backend"),
        [
            ("dkdata.stores.s3.S3Store", "s3"),
            ("dataknobs_data.backends.s3.S3Database", "s3"),
            ("dataknobs_data.backends.elasticsearch_async.AsyncElasticsearchDatabase", "elastic"),
            ("dataknobs_data.backends.postgres.SyncPostgresDatabase", "postgres)"),
        ],
    )
    def test_a_class_of_any_backend_is_known(self, path, backend):
        assert f"one ({backend}" in repr(configured(f"databases: [{{name: one, class: {path}}}]"))

    def test_a_class_of_nobody(self):
        with pytest.raises(ConfigError, match=r"databases\.a\.class: 'x\.Y' is the class of no ba"):
            configured("databases: [{name: a, class: x.Y}]")


class TestInstances:
    ADULTS = dk.Suite("adults", dk.expect("age").between(18, 120, mostly=0.5))
    SCHEMA = dk.Schema("people", [dk.Field("age", "integer", constraints=dk.Range(0, 120))])

    def test_suites_and_schemas_by_their_json_and_by_path(self):
        self.ADULTS.dump("adults.json")
        Path("people.json").write_text(self.SCHEMA.to_json())
        given = {
            "suites": {
                "a": self.ADULTS.to_dict(),
                "b": "adults.json",
                "c": {"path": "adults.json"},
            },
            "schemas": {"a": self.SCHEMA.to_dict(), "b": "people.json"},
        }
        config = dk.configure(given)
        assert [config.get_instance("suites", name) for name in "abc"] == [self.ADULTS] * 3
        assert [config.get_instance("schemas", name) for name in "ab"] == [self.SCHEMA] * 2

    def test_numbers_of_a_suite_in_yaml_are_numbers(self):
        rule = "{type: expect_column_values_to_be_between, kwargs: {column: age, min_value: 18,"
        rule += " max_value: '${OLDEST:120}'}}"
        config = configured(f"suites: {{adults: {{name: adults, expectations: [{rule}]}}}}")
        kwargs = config.get_instance("suites", "adults")[0].kwargs
        assert kwargs == {"column": "age", "min_value": 18, "max_value": "120"}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("suites: {a: {expectation: []}}", r"dkdata\.yaml: suites\.a: .* is not a suite"),
            ("suites: {a: absent.json}", r"dkdata\.yaml: suites\.a: no suite at .*absent\.json"),
            ("schemas: {a: {}}", r"dkdata\.yaml: schemas\.a: \{\} is not the JSON of a schema"),
            ("schemas: {a: absent.json}", r"dkdata\.yaml: schemas\.a: no schema at"),
        ],
    )
    def test_one_that_is_wrong(self, text, message):
        kind = text.partition(":")[0]
        with pytest.raises(ConfigError, match=message):
            configured(text).get_instance(kind, "a")

    def test_one_that_is_not_there(self):
        config = configured("suites: {adults: adults.json}")
        with pytest.raises(
            NotFoundError, match=r"suites: there is no 'adult'\. Did you mean 'adults"
        ):
            config.get_instance("suites", "adult")

    def test_kinds_that_cannot_be_made_yet_and_kinds_that_there_are_not(self):
        config = configured("migrations: {nightly: {}}")
        message = r"migrations cannot be made from a configuration yet\. What can: stores, "
        with pytest.raises(UnsupportedError, match=message):
            config.get_instance("migrations", "nightly")
        with pytest.raises(
            UsageError, match=r"kind='stors' is not possible\. Did you mean 'stores'"
        ):
            config.get_instance("stors", "clean")
