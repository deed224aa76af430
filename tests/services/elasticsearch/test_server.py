"""A server of Elasticsearch is private, asks for its password, keeps what it has acknowledged."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest
from elastic_transport import ConnectionError as Unreachable
from elasticsearch import AuthenticationException, Elasticsearch

from tests.services import harness, places, processes
from tests.services.harness import ELASTICSEARCH


def _password(url):
    return url.split(":")[2].split("@")[0]


def test_a_server_is_healthy_and_takes_documents(elasticsearch_url):
    index = f"dk-{secrets.token_hex(6)}"
    with Elasticsearch(elasticsearch_url) as client:
        client.index(index=index, id="1", document={"name": "Ada"}, refresh=True)
        assert client.search(index=index)["hits"]["hits"][0]["_source"] == {"name": "Ada"}
        client.indices.delete(index=index)
        assert client.cluster.health()["status"] in ("green", "yellow")


def test_who_does_not_know_the_password_is_not_let_in(elasticsearch_url):
    known = f"elastic:{_password(elasticsearch_url)}@"
    for other in ("elastic:guess@", ""):
        with (
            Elasticsearch(elasticsearch_url.replace(known, other)) as client,
            pytest.raises(AuthenticationException),
        ):
            client.info()


def test_a_server_is_private(elasticsearch_url):
    server = harness.status(ELASTICSEARCH).server
    if server is None:
        pytest.skip("the server was not started here")
    for path in (server.node, server.node / "data", server.node / "config"):
        assert path.stat().st_uid == places.user().get("user", os.getuid())
    assert server.node.stat().st_mode & 0o077 == 0
    assert _password(elasticsearch_url) not in Path(f"/proc/{server.pid}/cmdline").read_text()
    with Elasticsearch(elasticsearch_url) as client:
        (node,) = client.nodes.info(metric="http,transport")["nodes"].values()
    assert node["http"]["bound_address"] == [f"127.0.0.1:{server.port}"]
    assert [place.split(":")[0] for place in node["transport"]["bound_address"]] == ["127.0.0.1"]


def test_a_server_keeps_what_it_acknowledged_and_leaves_nothing(own_elasticsearch):
    with Elasticsearch(own_elasticsearch.url, max_retries=0) as client:
        client.index(index="people", id="1", document={"name": "Ada"}, refresh=True)
        own_elasticsearch.kill()
        with pytest.raises(Unreachable):
            client.info()
        own_elasticsearch.restart()
        assert client.get(index="people", id="1")["_source"] == {"name": "Ada"}
        assert client.count(index="people")["count"] == 1
    server = own_elasticsearch.server
    own_elasticsearch.stop()
    assert not server.lives
    assert processes.working_in(server.node / "logs") == []
    assert not Path(server.folder).exists()
