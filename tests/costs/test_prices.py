"""Price tables: the package's own, one of the user, and what is wrong with one."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import dkdata as dk
from dkdata.costs import Amount, CostEstimate, Requests
from dkdata.costs.prices import OWN, Tier, cost_of, price_table
from dkdata.errors import ConfigError, UsageError

PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ada", "Bob", None]})
URL = "s3://my-bucket/people"
TABLE = """
date: 2026-05-01
currency: EUR
source: our contract
regions:
  home:
    storage: [{up_to: 0.5, price: 0}, {price: 2}]
    write: 10
    read: 1
    transfer: [{price: 4}]
"""
GB = 2**30


@pytest.fixture
def table():
    path = Path("ours.yaml")
    path.write_text(TABLE)
    return path


def test_own_table_says_when_and_where_it_is_from():
    prices, path = price_table(None)
    assert path == OWN
    assert (prices.date.year, prices.currency) == (2025, "USD")
    assert prices.source.startswith("https://aws.amazon.com/")
    assert len(prices.regions) > 10
    for region in prices.regions.values():
        assert region.name
        assert 0.0001 < region.read < region.write < 0.01
        assert 0.02 < region.storage[-1].price < region.storage[0].price < 0.05
        assert 0.05 <= region.transfer[-1].price < region.transfer[0].price < 0.2


def test_gigabytes_cost_what_their_tier_says():
    tiers = [Tier(price=4, up_to=10), Tier(price=2, up_to=20), Tier(price=1)]
    assert [cost_of(gb, tiers) for gb in (0, 5, 10, 15, 20, 30)] == [0, 20, 40, 50, 60, 70]


def test_a_bill_is_reckoned_from_the_table(table):
    cost = dk.estimate_cost(
        PEOPLE, URL, saves=1, loads=7, queries=0, region="home", prices=table, sessions=0
    )
    storage, writing, reading, transfer = cost.amounts
    assert storage == Amount("storage", cost.saved, "bytes", 0.0)
    assert writing.amount == 2 + 2 + 7 + 4  # the last four look whether there is a table
    assert (writing.cost, reading.cost) == (writing.amount * 0.01, 7 * 0.001)
    assert transfer.cost == pytest.approx(cost.transferred / GB * 4)
    assert cost.total == sum(cost.frame["cost"])
    assert str(cost).startswith(f"{URL}: ")
    assert "EUR a month in home (prices of 2026-05-01)" in str(cost)


def test_who_reads_beside_the_bucket_pays_no_transfer():
    far, near = (
        dk.estimate_cost(PEOPLE, URL, transfer=where, region="eu-west-1")
        for where in ("internet", "region")
    )
    assert near.amounts[-1].cost == 0 < far.amounts[-1].cost
    assert near.amounts[:-1] == far.amounts[:-1]
    assert near.transferred == far.transferred


def test_the_configuration_names_a_table(table):
    table.rename("elsewhere.yaml")
    Path("dkdata.yaml").write_text(
        "prices: ${OURS:elsewhere.yaml}\n"
        "stores:\n  lake: {backend: s3, bucket: my-bucket, region: home}\n"
    )
    assert dk.estimate_cost(PEOPLE, "lake.people").region == "home"
    assert dk.config().prices == Path.cwd() / "elsewhere.yaml"
    with pytest.raises(ConfigError, match="configuration: prices: it is no path"):
        dk.configure({"prices": ["a.yaml"]})
    dk.configure({"prices": ""})
    assert price_table(None)[1] == OWN


def test_region_is_that_of_the_store_or_the_usual_one(monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(Path.cwd() / "none"))
    cost = dk.estimate_cost(PEOPLE, URL)
    assert cost.region == "us-east-1"
    assert "no region is configured: taken for us-east-1" in cost.notes
    options = {"backend": "s3", "bucket": "my-bucket", "region": "eu-north-1"}
    dk.configure({"stores": {"lake": options}})
    assert dk.estimate_cost(PEOPLE, "lake.people").region == "eu-north-1"
    assert dk.estimate_cost(PEOPLE, "lake.people", region="sa-east-1").region == "sa-east-1"


def test_prices_are_not_those_of_another_server():
    options = {"backend": "s3", "bucket": "my-bucket", "endpoint_url": "http://127.0.0.1:9"}
    dk.configure({"stores": {"lake": options}})
    cost = dk.estimate_cost(PEOPLE, "lake.people", region="us-east-1")
    assert any(note.startswith("http://127.0.0.1:9 is not Amazon's") for note in cost.notes)


def test_unknown_region():
    message = (
        r"region='eu-west-11' is not in the price table .*prices\.yaml'\. Did you mean 'eu-west-1'?"
        r".* There are: us-east-1, us-east-2.*Give one of them, or a table that has it"
    )
    with pytest.raises(UsageError, match=message):
        dk.estimate_cost(PEOPLE, URL, region="eu-west-11")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("currency: EUR\n", "", "currency: is missing"),
        ("2026-05-01", "May", "date: "),
        ("write: 10", "write: much", "regions.home.write: 'much' is not a number"),
        ("write: 10", "write: -1", "regions.home.write: '-1' is not possible. Give 0"),
        ("write: 10", "wrote: 10", "wrote"),
        ("source: ", "sauce: ", "'sauce' is not known. Did you mean 'source'"),
        ("[{up_to: 0.5, price: 0}, {price: 2}]", "[{up_to: 1, price: 2}]", "the last price has"),
        ("[{price: 4}]", "[]", "the last price has"),
        ("[{price: 4}]", "[{price: 4}, {price: 5}]", "only the last price"),
        (TABLE, "- 1\n", "it holds a list. Write 'regions:'"),
        (TABLE, "a: [", "it is not YAML"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(table, old, new, message):
    table.write_text(TABLE.replace(old, new))
    with pytest.raises(ConfigError, match=re.escape(message)) as raised:
        dk.estimate_cost(PEOPLE, URL, region="home", prices=table)
    assert "the price table ours.yaml" in str(raised.value)
    assert f"Begin with a copy of {str(OWN)!r}." in str(raised.value)


def test_a_table_that_is_not_there():
    with pytest.raises(ConfigError, match=r"the price table no\.yaml: it cannot be read: No such"):
        dk.estimate_cost(PEOPLE, URL, prices="no.yaml")


def test_an_estimate_is_shown_without_a_markup_of_others():
    cost = CostEstimate(
        "<b>", 2, 1, 10, 10, save=Requests(puts=1), save_seconds=12.3, load_seconds=0.05,
        amounts=(Amount("storage", 10, "bytes", 0.5), Amount("GET", 1, "requests", 1000)),
        currency="<i>", region="home", prices="prices of today", notes=("a & b",),
    )  # fmt: skip
    assert str(cost).splitlines() == [
        "<b>: 1,000.50 <i> a month in home (prices of today)",
        "  storage    10 bytes      0.50",
        "  GET      1 requests  1,000.00",
        "  a save stores 10 bytes (measured on 1 of 2 rows): 1 PUT, about 12 s",
        "  a load: about 0.1 s or less",
        "  a & b",
    ]
    html = cost._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<td>1,000.00</td>" in html
    assert "a &amp; b" in html
    assert "<i>" not in html
