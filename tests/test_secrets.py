"""No password is shown, wherever it stands and however it is written."""

from __future__ import annotations

import pytest

from dkdata.secrets import redacted, scrubbed


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada:pw9x@db/shop#orders", "postgresql://ada:***@db/shop#orders"),
        ("postgresql://ada:pw9x@db:5432/shop", "postgresql://ada:***@db:5432/shop"),
        ("postgresql://ada:p%40w9x@[::1]:5432/shop", "postgresql://ada:***@[::1]:5432/shop"),
        ("postgresql://:pw9x@db/shop", "postgresql://:***@db/shop"),
        ("postgresql://ada@db/shop", "postgresql://ada@db/shop"),
        ("postgresql://db:5432/shop#a.b", "postgresql://db:5432/shop#a.b"),
        ("postgresql://db/shop?password=pw9x&x=1", "postgresql://db/shop?password=***&x=1"),
        ("postgresql://db/shop?x=1&PassWord=pw9x#t", "postgresql://db/shop?x=1&PassWord=***#t"),
        ("postgresql://db/shop?pass%77ord=pw9x", "postgresql://db/shop?pass%77ord=***"),
        ("postgresql://db/shop?sslpassword=pw9x", "postgresql://db/shop?sslpassword=***"),
        ("postgresql://db/shop?passfile=/etc/x", "postgresql://db/shop?passfile=/etc/x"),
        ("elasticsearch://db?api_key=pw9x#t", "elasticsearch://db?api_key=***#t"),
        ("postgresql://ada:pw@9x/pw9x@db/shop", "postgresql://ada:***@db/shop"),
        ("postgresql://ada:pw9x?pw9x@db/shop", "postgresql://ada:***@db/shop"),
        ("postgresql://ada:pw9x#pw9x@db/shop", "postgresql://ada:***@db/shop"),
        ("postgresql://ada:12/pw9x@db/shop", "postgresql://ada:***@db/shop"),
        ("ada:pw9x@db/shop", "ada:***@db/shop"),
        ("host=db password=pw9x user=ada", "host=db password=*** user=ada"),
        ("host=db password = 'pw9x pw9x' user=ada", "host=db password = *** user=ada"),
        ("duckdb:///a:b@c/x.duckdb#t@3", "duckdb:///a:b@c/x.duckdb#t@3"),
        ("out/orders@3", "out/orders@3"),
        ("", ""),
    ],
)
def test_a_url_is_shown_without_its_password(url, shown):
    assert redacted(url) == shown
    assert "pw9x" not in shown


def test_a_message_is_shown_without_the_urls_and_secrets_in_it():
    message = "no route to postgresql://ada:pw9x@db/shop, 'x://u:pw9x@h' or key s3cr3t in abc"
    shown = "no route to postgresql://ada:***@db/shop, 'x://u:***@h' or key *** in abc"
    assert scrubbed(message, ["s3cr3t", "abc"]) == shown
