"""Values of the environment in texts."""

from __future__ import annotations

import pytest

from dkdata.configuration.substituting import substituted
from dkdata.errors import ConfigError


class TestSubstitution:
    ENVIRONMENT = {"V": "value", "E": "", "N": "7", "D": "${V}", "P": "a$b{c}"}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("${V}", "value"),
            ("${E}", ""),
            ("${V:other}", "value"),
            ("${E:other}", ""),
            ("${X:other}", "other"),
            ("${X:}", ""),
            ("${V:-other}", "value"),
            ("${E:-other}", "other"),
            ("${X:-other}", "other"),
            ("${X:-}", ""),
            ("${X:-1}", "1"),
            ("${X:--1}", "-1"),
            ("${V:?needed}", "value"),
            ("${X:http://localhost:9200}", "http://localhost:9200"),
            ('${X:{"a": 1}}', '{"a": 1}'),
            ("${X:a b}", "a b"),
            ("$${V}", "${V}"),
            ("$$${V}", "$${V}"),
            ("$V and $$ and }", "$V and $$ and }"),
            ("a${V}b${N}c", "avalueb7c"),
            ("${D}", "${V}"),
            ("${P}", "a$b{c}"),
            ("", ""),
        ],
    )
    def test_each_form(self, text, expected):
        assert substituted(text, "f: k", self.ENVIRONMENT) == expected

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "${X}",
                "f: k: environment variable 'X' is not set. Set it, or write ${X:default}.",
            ),
            ("${X:?where it is}", "f: k: environment variable 'X' is not set: where it is"),
            ("${E:?where it is}", "f: k: environment variable 'E' is empty: where it is"),
        ],
    )
    def test_a_variable_that_is_missing(self, text, message):
        with pytest.raises(ConfigError) as raised:
            substituted(text, "f: k", self.ENVIRONMENT)
        assert str(raised.value) == message

    @pytest.mark.parametrize(
        "text", ["${", "${}", "${V", "${1}", "${A B}", "${V-x}", "${X:${V}}", "${X:a{b}", "${ V}"]
    )
    def test_what_is_none_of_the_forms(self, text):
        with pytest.raises(ConfigError, match=r"f: k: what follows '\$\{' is no variable"):
            substituted(text, "f: k", self.ENVIRONMENT)

    def test_the_key_path_leads_into_lists_and_mappings(self):
        with pytest.raises(ConfigError, match=r"f: a\[1\]\.b: environment variable 'X'"):
            substituted(["x", {"b": "${X}"}], "f: a", {})

    def test_what_is_no_text_stays_what_it_is(self):
        given = {"port": 5432, "on": True, "none": None}
        assert substituted(given, "f", {}) == given
