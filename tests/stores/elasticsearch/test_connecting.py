"""How a server is named and reached, and what is said where it is not."""

from __future__ import annotations

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import ConfigError, StoreError
from dkdata.stores.elasticsearch import ElasticsearchStore

NOBODY = "http://127.0.0.1:9"


def _store(**options):
    return ElasticsearchStore.from_config(options, "search")


@pytest.mark.parametrize(
    ("hosts", "shown"),
    [
        ("http://localhost:9200", "http://localhost:9200"),
        ("http://localhost", "http://localhost:9200"),
        ("https://search.example", "https://search.example:443"),
        ("http://a:1, http://b:2/es/", "http://a:1, http://b:2/es"),
        (["http://a:1"], "http://a:1"),
        ("http://ada:1815lovelace@a:1", "http://a:1"),
    ],
)
def test_a_server_is_called_by_its_address(hosts, shown):
    assert _store(hosts=hosts).identity[0].shown == shown


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({"api_key": "bm8="}, "ApiKey bm8="),
        ({"api_key": "id:secret"}, "ApiKey aWQ6c2VjcmV0"),
        ({"username": "ada", "password": "1815"}, "Basic YWRhOjE4MTU="),
        ({"bearer_token": "t0ken"}, "Bearer t0ken"),
        ({"hosts": "http://ada:1815@a:1"}, "Basic YWRhOjE4MTU="),
    ],
)
def test_who_asks(options, header):
    access = _store(**{"hosts": NOBODY, **options}).identity[0]
    assert access.authorization == {"authorization": header}
    for secret in ("1815", "bm8=", "t0ken", "secret"):
        assert secret not in repr(access)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either hosts or cloud_id"),
        ({"hosts": NOBODY, "cloud_id": "x:y"}, "either hosts or cloud_id"),
        ({"hosts": "localhost:9200"}, "is no address of a server"),
        ({"hosts": NOBODY, "prefix": "Docs"}, "'Docs' is no beginning of a name"),
        ({"hosts": NOBODY, "api_key": "a", "username": "b"}, "three ways to log in"),
        ({"hosts": NOBODY, "apikey": "a"}, "'apikey' is not known. Did you mean 'api_key'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        _store(**options)


def test_a_server_that_is_not_there_is_named():
    dk.configure({"stores": {"search": {"backend": "elasticsearch", "hosts": NOBODY}}})
    with pytest.raises(StoreError, match=rf"{NOBODY}: no server answers: .*refused"):
        dk.load("search.people", timeout=1)


def test_a_wrong_password_is_told_and_not_shown(elasticsearch_url):
    place = elasticsearch_url.rpartition("@")[2]
    wrong = {"hosts": f"http://{place}", "username": "elastic", "password": "no-such-password"}
    dk.configure({"stores": {"search": {"backend": "elasticsearch", **wrong}}})
    with pytest.raises(StoreError, match="does not know this user") as caught:
        dk.save(pd.DataFrame({"a": [1]}), "search.people")
    assert "no-such-password" not in str(caught.value)


def test_a_table_is_reached_by_a_url(search):
    frame = pd.DataFrame({"a": [1]})
    dk.save(frame, "search.people")
    server = search.url.removeprefix("http://")
    url = f"elasticsearch://{server}?prefix={search.prefix}#people"
    assert dk.load(url).equals(frame)
    assert dk.config().store("search").told().startswith("Elasticsearch 9.4.3 at http://127.0.0.1:")
