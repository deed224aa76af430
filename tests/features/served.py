"""What works on servers."""

from __future__ import annotations

from contextlib import contextmanager

import pandas as pd
from elasticsearch import Elasticsearch

import dkdata as dk
from tests.features.uses import PEOPLE, collected
from tests.services import databases, fixtures, harness
from tests.services.harness import ELASTICSEARCH, POSTGRES, S3
from tests.services.s3 import buckets

USES, use = collected()


@contextmanager
def _running(service):
    """Give the URL of a server, or skip the test that needs it."""
    with harness.used(service, start=fixtures.is_required()) as state:
        if state is None:
            fixtures.lacking(f"{service.name} does not run: set {service.variable}")
        yield state.url


@use("backends")
def postgresql():
    """PostgreSQL: `"warehouse.orders"`, `"postgresql://…#orders"`"""
    with _running(POSTGRES["postgres"]) as server, databases.created(server) as url:
        dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": url}}})
        PEOPLE.dk.save("warehouse.people", key="id")
        pd.testing.assert_frame_equal(dk.load("warehouse.people"), PEOPLE)
        dk.configure()


@contextmanager
def _search():
    """Configure a store of Elasticsearch that is called ``search``."""
    with _running(ELASTICSEARCH) as url:
        options = {"backend": "elasticsearch", "hosts": url, "prefix": "features-"}
        dk.configure({"stores": {"search": options}})
        yield
        dk.configure()


@use("backends")
def elasticsearch():
    """Elasticsearch: `"search.orders"`, `"elasticsearch://…#orders"`"""
    with _search():
        PEOPLE.dk.save("search.people", mode="replace", key="id")
        pd.testing.assert_frame_equal(dk.load("search.people"), PEOPLE)
        dk.drop("search.people")


@use("backends")
def search_in_elasticsearch():
    """search for words and near vectors in Elasticsearch: `dk.table(…).search("fast car")`"""
    with _search():
        PEOPLE.dk.save("search.words", mode="replace", options={"text": ["name"]})
        assert dk.table("search.words").search("bob")["name"].tolist() == ["Bob"]
        dk.drop("search.words")


@use("s3")
def tables_in_buckets():
    """tables in buckets: `"lake.people"`, `"s3://bucket/people"`, on any endpoint"""
    with _running(S3["minio"]) as server, buckets.created("minio", server) as bucket:
        dk.configure({"stores": {"lake": bucket.options}})
        PEOPLE.dk.save("lake.people", key="id")
        pd.testing.assert_frame_equal(dk.load("lake.people@0"), PEOPLE)
        dk.configure()


@use("s3")
def records_as_objects():
    """records as objects: `layout="objects"`, `dk.records`, tags, a cache; single objects"""
    with _running(S3["minio"]) as server, buckets.created("minio", server) as bucket:
        dk.configure({"stores": {"lake": bucket.options | {"cache_bytes": 10**6}}})
        PEOPLE.dk.save("lake.people", key="id", layout="objects")
        PEOPLE.dk.save('lake."people.csv"')
        for target in ("lake.people", 'lake."people.csv"'):
            pd.testing.assert_frame_equal(dk.load(target), PEOPLE)
        made = dk.records("lake.crew").create(dk.Record({"name": "Ada"}, metadata={"from": "web"}))
        assert dk.records("lake.crew").read(made.id).metadata == {"from": "web"}
        dk.configure()


@use("tests")
def servers_of_s3():
    """`make services`: MinIO, LocalStack and versitygw, which speak the protocol of S3"""
    for name in ("minio", "localstack"):
        with _running(S3[name]) as server, buckets.created(name, server) as bucket:
            assert bucket.listed() == []


@use("tests")
def servers_of_postgresql():
    """`make services`: PostgreSQL 15 and 18"""
    for service in POSTGRES.values():
        with _running(service) as server:
            assert databases.run(server, "select 1") == [(1,)]


@use("tests")
def a_server_of_elasticsearch():
    """`make services`: an Elasticsearch server"""
    with _running(ELASTICSEARCH) as server, Elasticsearch(server) as client:
        assert client.info()["tagline"] == "You Know, for Search"
