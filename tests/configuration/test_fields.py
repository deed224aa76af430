"""The field decides what a value is, never its look."""

from __future__ import annotations

import pytest
from pydantic import AliasChoices, Field, SecretStr, model_validator

import dkdata as dk
from dkdata.errors import ConfigError
from dkdata.options import StoreOptions, checked
from tests.configuration.servers import configured, options


class TestFields:
    @pytest.mark.parametrize(
        ("text", "name", "expected"),
        [
            ("user: 0123", "user", "0123"),
            ("user: on", "user", "on"),
            ("user: no", "user", "no"),
            ("user: 1e3", "user", "1e3"),
            ("user: 2020-01-01", "user", "2020-01-01"),
            ("user: 12:30:45", "user", "12:30:45"),
            ("user: 0x1F", "user", "0x1F"),
            ("user: 'null'", "user", "null"),
            ("user: ~", "user", None),
            ("user: null", "user", None),
            ("user:", "user", None),
            ("user: ''", "user", None),
            ("user: '${NONE:}'", "user", None),
            ("host: ''", "host", "localhost"),
            ("port: 0123", "port", 123),
            ("port: '8080'", "port", 8080),
            ("port: ${NONE:-1}", "port", 1),
            ("secure: on", "secure", True),
            ("secure: 'false'", "secure", False),
            ("share: 1e-1", "share", 0.1),
            ("level: high", "level", "high"),
            ("password: 0123", "password", SecretStr("0123")),
            ("user: &u ada\nhost: *u", "host", "ada"),
            ("user: größe", "user", "größe"),
        ],
    )
    def test_the_field_decides_the_type(self, text, name, expected):
        assert options(text)[name] == expected

    def test_numbers_of_a_mapping_become_text_where_text_belongs(self):
        configured("")
        given = {"backend": "server", "user": 123, "port": 8080, "secure": True}
        made = dk.configure({"stores": {"s": given}}).store("s").options
        assert (made["user"], made["port"], made["secure"]) == ("123", 8080, True)

    def test_a_merged_mapping(self):
        text = "suites: {}\nstores:\n  a: &a {backend: server, port: 1}\n  s: {<<: *a, port: 2}"
        assert configured(text).store("s").options["port"] == 2

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("port: many", "port: 'many' is not a whole number."),
            ("port: 0", "port: '0' is not possible. Give 1 or more."),
            ("port: [1]", "port: 'list' is not a whole number."),
            ("secure: maybe", "secure: 'maybe' is neither true nor false."),
            ("share: half", "share: 'half' is not a number."),
            ("level: x", "level: 'x' is not possible. Choose one of: 'low' or 'high'."),
            ("user: {a: b}", "user: 'dict' is not text."),
            (
                "port: ${A}",
                "port: environment variable 'A' is not set. Set it, or write ${A:default}.",
            ),
        ],
    )
    def test_an_error_names_the_file_the_key_and_what_is_wrong(self, text, message):
        with pytest.raises(ConfigError) as raised:
            options(text)
        assert str(raised.value) == f"dkdata.yaml: stores.s.{message}"

    def test_all_that_is_wrong_is_told_at_once(self):
        with pytest.raises(ConfigError, match=r"s\.port: 'x'.*\n.*s\.share: 'y'"):
            options("port: x\nshare: y")

    def test_an_option_that_there_is_not(self):
        with pytest.raises(ConfigError) as raised:
            options("prot: 1")
        known = "host, port, user, password, api_key, secure, share, level, url"
        message = (
            f"dkdata.yaml: stores.s: 'prot' is not known. Did you mean 'port'? There are: {known}."
        )
        assert str(raised.value) == message


class NamedOptions(StoreOptions):
    dbname: str = Field(validation_alias=AliasChoices("dbname", "database"))
    schema_: str = Field(default="public", alias="schema")
    key: str = "a"

    @model_validator(mode="after")
    def _agrees(self):
        if self.key == "b":
            message = "key 'b' needs a secret."
            raise ValueError(message)
        return self


class TestModels:
    @pytest.mark.parametrize("key", ["dbname", "database"])
    def test_a_field_may_have_other_names(self, key):
        made = checked(NamedOptions, {key: "shop", "schema": "sales"}, "s")
        assert (made.dbname, made.schema_) == ("shop", "sales")

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"db": "shop"}, "s: 'db' is not known. There are: dbname, database, schema, key."),
            ({"database": ["x"]}, "s.database: 'list' is not text."),
            ({"schema_": "x"}, "s: 'schema_' is not known. Did you mean 'schema'? There are: "),
            ({"dbname": "x", "key": "b"}, "s: key 'b' needs a secret."),
            ({}, "s.dbname: is missing, or empty."),
            ("shop", "s: 'shop' is not a mapping of options."),
        ],
    )
    def test_errors_name_what_was_written(self, given, message):
        with pytest.raises(ConfigError) as raised:
            checked(NamedOptions, given, "s")
        assert str(raised.value).startswith(message)
