"""Servers of S3 are private, ask for their key, and keep what they have acknowledged."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.services import harness, places
from tests.services.harness import S3
from tests.services.s3 import buckets, server


@pytest.fixture
def own_server(request):
    """A server that the test has for itself; its programs are those of all tests."""
    programs = S3[request.param].programs(install=True)
    folder = places.home() / f"{request.param}-{secrets.token_hex(4)}"
    made = server.create(request.param, folder, programs)
    yield made
    server.stop(made)
    assert not made.lives
    assert not folder.exists()


@pytest.mark.parametrize("own_server", ["minio"], indirect=True)
def test_a_server_keeps_what_it_acknowledged(own_server):
    assert Path(own_server.folder).stat().st_mode & 0o077 == 0
    with buckets.created("minio", own_server.url) as bucket:
        bucket.put("a/b c.txt", b"kept")
        server.kill(own_server)
        again = server.start(own_server)
        assert bucket.listed() == ["a/b c.txt"]
        assert bucket.read("a/b c.txt") == b"kept"
    server.kill(again)


@pytest.mark.parametrize("bucket", ["minio"], indirect=True)  # LocalStack lets in whoever comes
def test_who_does_not_know_the_key_is_not_let_in(bucket):
    other = buckets.client(bucket.endpoint, bucket.key, "guess")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        other.list_objects_v2(Bucket=bucket.name)
    other.close()


def test_an_object_is_made_once(bucket):
    given = {"Bucket": bucket.name, "Key": "x", "IfNoneMatch": "*"}
    bucket.client.put_object(**given, Body=b"first")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        bucket.client.put_object(**given, Body=b"second")
    assert bucket.read("x") == b"first"


def test_a_bucket_begins_empty_and_has_a_server_of_its_name(bucket):
    assert bucket.listed() == []
    assert harness.status(S3[bucket.kind]).url.endswith(bucket.endpoint.removeprefix("http://"))
