"""What a bucket cannot do, or does not allow, is told: what it is and what to do."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import dkdata as dk
from dkdata.errors import ConfigError, DeadlineError, DkError, StoreError, UnsupportedError
from dkdata.stores.s3.files import Files

ORDERS = pd.DataFrame({"id": [1, 2, 3]})
NOBODY = "http://127.0.0.1:1"
JOBS = {
    "save": lambda: dk.save(ORDERS, "lake.orders"),
    "load": lambda: dk.load("lake.orders"),
    "tables": lambda: dk.tables("lake"),
}


@pytest.mark.parametrize("job", JOBS.values(), ids=list(JOBS))
@pytest.mark.parametrize(
    ("option", "told"),
    [
        ({"secret_access_key": "guessguess"}, "the secret is not that of the access key"),
        ({"access_key_id": "nobody-knows"}, "the server does not know the access key"),
        ({"session_token": "guess"}, "the session token is not valid"),
    ],
)
@pytest.mark.parametrize("bucket", ["minio"], indirect=True)  # LocalStack lets in whoever comes
def test_who_is_not_let_in_is_told_why(bucket, option, told, job):
    dk.configure({"stores": {"lake": {**bucket.options, **option}}})
    with pytest.raises(StoreError, match=told) as caught:
        job()
    assert bucket.secret not in str(caught.value)
    assert "guess" not in str(caught.value)
    assert bucket.listed() == []


@pytest.mark.parametrize("job", JOBS.values(), ids=list(JOBS))
def test_a_bucket_that_is_not_there(bucket, job):
    dk.configure({"stores": {"lake": {**bucket.options, "bucket": "dk-is-not-there"}}})
    with pytest.raises(StoreError, match=r"s3://dk-is-not-there.*there is no such bucket"):
        job()


@pytest.mark.parametrize("bucket", ["minio"], indirect=True)
def test_without_keys(bucket, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    bare = {name: value for name, value in bucket.options.items() if "key" not in name}
    dk.configure({"stores": {"lake": bare}})
    with pytest.raises(StoreError, match="no credentials were found"):
        dk.load("lake.orders")
    dk.configure({"stores": {"lake": bare | {"anonymous": "true"}}})
    with pytest.raises(StoreError, match="access denied"):
        dk.load("lake.orders")


def test_where_nobody_listens_it_ends_in_time():
    options = {"backend": "s3", "bucket": "nowhere", "endpoint_url": NOBODY, "anonymous": True}
    dk.configure({"stores": {"lake": options}})
    with pytest.raises(DkError):  # loads the drivers, which may take as long as that
        dk.load("lake.orders", timeout=0.5)
    with pytest.raises((StoreError, DeadlineError)) as caught:
        dk.load("lake.orders", timeout=0.5)
    # Where the time ends within an attempt, a note tells why the one before it failed.
    is_late = isinstance(caught.value, DeadlineError)
    told = caught.value.__notes__[-1] if is_late else str(caught.value)
    assert re.search(r"s3://nowhere/orders: no server answers.*endpoint_url=", told)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"bucket": "A B"}, "'A B' is no name of a bucket"),
        ({"bucket": "lake", "access_key_id": "a"}, "belong together. Give both, or neither"),
        ({"bucket": "lake", "regoin": "x"}, "'regoin' is not known. Did you mean 'region'"),
        ({"bucket": "lake", "sse": "rot13"}, "'rot13' is not possible"),
        ({}, "lake.bucket: is missing"),
    ],
)
def test_options_that_cannot_be(options, told):
    dk.configure({"stores": {"lake": {"backend": "s3"} | options}})
    with pytest.raises(ConfigError, match=told):
        dk.tables("lake")


def test_a_server_that_lets_two_make_one_object_is_refused(lake, monkeypatch):
    asked = Files._asked

    def forgetful(self, method, bucket, **given):
        given.pop("IfNoneMatch", None)
        return asked(self, method, bucket, **given)

    monkeypatch.setattr(Files, "_asked", forgetful)
    with pytest.raises(UnsupportedError, match="two writers of a table would lose rows"):
        dk.save(ORDERS, "lake.orders")
    assert lake.listed() == []
