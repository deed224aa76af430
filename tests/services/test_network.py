"""A proxy before a real server does to its clients what a network may do."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest

from dkdata.testing import BlackHole, Cut, DropReply, FaultProxy, Refuse
from tests.services.databases import address, run, through


@pytest.fixture
def proxy(postgres_url):
    run(postgres_url, "create table t (a int)")
    with FaultProxy(address(postgres_url)) as proxy:
        yield proxy


def _committed(url):
    with closing(psycopg2.connect(url, connect_timeout=5)) as connection:
        connection.cursor().execute("insert into t values (1)")
        connection.commit()


def _rows(url):
    return run(url, "select count(*) from t")[0][0]


def test_all_is_well_without_a_fault(proxy, postgres_url):
    _committed(through(postgres_url, proxy.address))
    assert (_rows(postgres_url), proxy.connections) == (1, 1)


def test_a_commit_whose_reply_is_lost_has_happened(proxy, postgres_url):
    lost = DropReply(after=b"COMMIT")
    proxy.inject(lost)
    with pytest.raises(psycopg2.OperationalError, match="closed the connection"):
        _committed(through(postgres_url, proxy.address))
    assert (_rows(postgres_url), proxy.fired(lost)) == (1, 1)


def test_a_commit_that_does_not_arrive_whole_has_not_happened(proxy, postgres_url):
    proxy.inject(Cut(after=b"COMMIT"))
    with pytest.raises(psycopg2.OperationalError, match="closed the connection"):
        _committed(through(postgres_url, proxy.address))
    assert (_rows(postgres_url), proxy.fired(Cut(after=b"COMMIT"))) == (0, 1)


def test_a_server_that_hangs_is_noticed_by_a_deadline_only(proxy, postgres_url):
    proxy.inject(BlackHole())
    with pytest.raises(psycopg2.OperationalError, match="timeout expired"):
        psycopg2.connect(through(postgres_url, proxy.address), connect_timeout=2)
    assert proxy.fired(BlackHole()) == 1


def test_a_server_that_refuses_once_takes_the_next(proxy, postgres_url):
    proxy.inject(Refuse())
    url = through(postgres_url, proxy.address)
    with pytest.raises(psycopg2.OperationalError):
        _committed(url)
    _committed(url)
    assert (_rows(postgres_url), proxy.fired(Refuse())) == (1, 1)


def test_a_proxy_stands_before_the_socket_of_a_server(own_postgres):
    with FaultProxy(own_postgres.server.socket) as proxy:
        assert run(through(own_postgres.url, proxy.address), "select inet_client_addr()") == [
            (None,)
        ]
