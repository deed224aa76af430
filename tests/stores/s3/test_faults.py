"""Requests that fail: what passes is tried again, all else ends in time, and nothing is torn."""

from __future__ import annotations

import itertools
import time

import pytest
from botocore.session import Session

import dkdata as dk
from dkdata.errors import DeadlineError, DkError, StoreError
from tests.services.s3.scripted import Answer, Break, Fault
from tests.stores.faulty import ALL, JOBS, told
from tests.stores.s3.faulty import PASSING, each, reached_through

TIMEOUT, ENOUGH, MOST = 0.5, 30.0, 10.0
ON_MINIO = pytest.mark.parametrize("bucket", ["minio"], indirect=True)
EXPIRED = Answer(400, "ExpiredToken")
SKEWED = Answer(403, "RequestTimeTooSkewed")
COMMITTED = ("replace", "append", "upsert", "skip", "make", "delete", "update")


@pytest.fixture
def lake(bucket):
    """A bucket behind a proxy."""
    with reached_through(bucket) as made:
        yield made


def _wrong(lake, job, faults):
    """Return what is wrong after each of the faults, one after the other."""
    return [wrong for fault in faults if (wrong := lake.wrong(JOBS[job], fault))]


@ON_MINIO
@pytest.mark.parametrize(("place", "job"), list(enumerate(JOBS)), ids=list(JOBS))
def test_each_request_may_fail_once(lake, place, job):
    kinds = itertools.cycle(PASSING.values())
    whats = itertools.islice(kinds, place, None)  # another one for the first request of each job
    asked = each(lake.asked(JOBS[job]))
    faults = (Fault(what, kind, number) for (kind, number), what in zip(asked, whats, strict=False))
    assert _wrong(lake, job, faults) == []


@ON_MINIO
@pytest.mark.parametrize("job", COMMITTED)
def test_a_commit_is_made_once_however_it_fails(lake, job):
    assert _wrong(lake, job, [Fault(what, "commit") for what in PASSING.values()]) == []


@pytest.mark.parametrize("job", ["replace", "append"])
def test_a_commit_is_made_once_however_often_it_fails(lake, job):
    assert _wrong(lake, job, [Fault(Break.AFTER, "commit", 1, 3)]) == []


def test_a_commit_whose_answer_is_lost_leaves_one_version_more(lake):
    name = lake.put()
    lake.proxy.inject(Fault(Break.AFTER, "commit"))
    dk.save(ALL.assign(id=ALL["id"] + 50), f"lake.{name}", mode="append")
    assert lake.proxy.asked.count("commit") == 2
    assert dk.history(f"straight.{name}")["version"].tolist() == [2, 1, 0]
    assert dk.count(f"straight.{name}") == 2 * len(ALL)
    parts = [key for key in lake.bucket.listed(f"{name}/") if key.endswith(".parquet")]
    assert len(parts) == 3


def _ended(lake, job, *faults, timeout=TIMEOUT):
    """Do a job with a limit, which fails in time; return its table and its error."""
    name = lake.put()
    lake.configure()
    lake.proxy.inject(*faults)
    started = time.monotonic()
    with pytest.raises(DkError) as caught:
        JOBS[job].work(f"lake.{name}", timeout=timeout)
    assert time.monotonic() - started < timeout + MOST
    lake.proxy.inject()
    return name, caught.value


@ON_MINIO
@pytest.mark.parametrize("job", ["replace", "append", "make", "load", "load some"])
def test_what_goes_on_failing_ends_in_time_and_changes_nothing(lake, job):
    asked = list(each(lake.asked(JOBS[job])))
    latest = dict(asked)  # of each kind
    last = ("list", latest["list"])
    ends = {*asked[:1], *latest.items()} - ({last} if "commit" in latest else set())
    for kind, number in sorted(ends):
        for what in (Break.NEVER, PASSING["slow down"]):
            name, error = _ended(lake, job, Fault(what, kind, number, None))
            told_so = "Raise timeout=" in str(error) or "asks to slow down" in str(error)
            assert told_so, error
            assert what is not Break.NEVER or isinstance(error, DeadlineError)
            assert lake.is_undone(name)


@ON_MINIO
def test_a_server_that_is_gone_after_the_commit_has_all_of_it(lake):
    gets = lake.asked(JOBS["append"]).count("get")
    lost = Fault(Break.AFTER, "commit"), Fault(Break.NEVER, "get", gets + 1, None)
    name, error = _ended(lake, "append", *lost, timeout=4 * TIMEOUT)
    assert isinstance(error, DeadlineError)
    assert lake.is_done(JOBS["append"], name)


@ON_MINIO
@pytest.mark.parametrize("job", ["replace", "append", "upsert"])
def test_a_save_that_failed_is_made_once_by_its_id(lake, job):
    for lost in (Break.BEFORE, Break.AFTER):
        name = lake.put()
        lake.configure()
        lake.proxy.inject(Fault(lost, "commit", 1, None), Fault(Break.BEFORE, "get", 9, None))
        with pytest.raises(DkError):
            JOBS[job].work(f"lake.{name}", timeout=TIMEOUT, run_id="r1")
        lake.proxy.inject()
        JOBS[job].work(f"lake.{name}", run_id="r1")
        assert JOBS[job].work(f"lake.{name}", run_id="r1").repeated
        assert lake.is_done(JOBS[job], name)


@ON_MINIO
@pytest.mark.parametrize(
    ("what", "words"),
    [(EXPIRED, "the session token has expired"), (SKEWED, "the clocks of this machine")],
    ids=["expired token", "clock skew"],
)
@pytest.mark.parametrize("job", ["append", "load", "load some"])
def test_who_is_no_longer_let_in_is_told_why(lake, job, what, words):
    for kind, number in dict(each(lake.asked(JOBS[job]))).items():
        if (kind, job) == ("list", "append"):
            continue  # its last one comes after the commit
        name, error = _ended(lake, job, Fault(what, kind, number, None), timeout=ENOUGH)
        assert words in str(error)
        assert name in str(error)
        assert lake.is_undone(name)


def _session(bucket):
    """Return options with keys that hold for a quarter of an hour."""
    asking = Session().create_client(
        "sts",
        region_name=bucket.options["region"],
        endpoint_url=bucket.endpoint,
        aws_access_key_id=bucket.key,
        aws_secret_access_key=bucket.secret,
    )
    given = asking.assume_role(
        RoleArn="arn:aws:iam::123456789012:role/any", RoleSessionName="dk", DurationSeconds=900
    )["Credentials"]
    return {
        "access_key_id": given["AccessKeyId"],
        "secret_access_key": given["SecretAccessKey"],
        "session_token": given["SessionToken"],
    }


@ON_MINIO
def test_keys_of_a_session_are_taken(lake):
    lake.configure(**_session(lake.bucket))
    name = lake.put()
    dk.save(ALL.assign(id=ALL["id"] + 50), f"lake.{name}", mode="append", run_id="r1")
    assert dk.count(f"lake.{name}") == 2 * len(ALL)
    assert len(dk.load(f"lake.{name}", where="id >= 50")) == len(ALL)


@ON_MINIO
@pytest.mark.parametrize("job", ["append", "load"])
def test_a_wrong_region_is_named(lake, job):
    name = lake.put()
    lake.configure(region="eu-central-1")
    with pytest.raises(StoreError, match=r"the bucket is in another region. Correct region="):
        JOBS[job].work(f"lake.{name}")
    assert told(dk.load(f"straight.{name}")) == told(ALL)
