"""Servers of ``compose.yaml``, as an engine that answers gives them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from tests.services import compose
from tests.services.elasticsearch.programs import VERSION
from tests.services.harness import SERVICES
from tests.services.places import UnavailableError
from tests.services.scripts import executable

POSTGRES = SERVICES["postgres"].composed
ENGINE = """
echo "$@" >> {log}
case "$*" in
    *" up "*) touch {running} ;;
    *" port "*) test -e {running} && echo 127.0.0.1:32768 || exit 1 ;;
    *" rm "*) rm {running} ;;
esac
"""


@pytest.fixture
def log(tmp_path, monkeypatch):
    """An engine that answers, and what it was asked."""
    log = tmp_path / "log"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("DKDATA_TEST_PASSWORD", raising=False)
    executable(tmp_path / "docker", ENGINE.format(log=log, running=tmp_path / "running"))
    return log


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("postgres", "postgresql://postgres:dkdata-test@127.0.0.1:32768/postgres"),
        ("elasticsearch", "http://elastic:dkdata-test@127.0.0.1:32768"),
    ],
)
def test_a_server_is_started_found_and_removed(log, name, expected):
    composed = SERVICES[name].composed
    assert compose.engine() == "docker"
    assert compose.url("docker", composed) is None
    assert compose.up("docker", composed) == expected
    assert compose.url("docker", composed) == expected
    compose.down("docker", composed)
    assert compose.url("docker", composed) is None
    asked = [line for line in log.read_text().splitlines() if " port " not in line]
    file = f"compose --file {compose._FILE}"
    assert asked == [
        "info",
        "compose version",
        f"{file} up --detach --wait {name}",
        f"{file} rm --stop --force --volumes {name}",
    ]


@pytest.mark.parametrize("script", ["exit 1", '[ "$1" = info ]', "exec /none"])
def test_an_engine_that_does_not_answer_is_none(tmp_path, monkeypatch, script):
    for name in ("docker", "podman"):
        executable(tmp_path / name, script)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert compose.engine() is None


def test_an_engine_that_fails_is_named(log):
    executable(log.parent / "docker", "echo 'no space left' >&2; exit 1")
    with pytest.raises(UnavailableError, match=r"docker compose .* failed: no space left"):
        compose.up("docker", POSTGRES)


def test_an_engine_that_gives_no_port_is_named(log):
    executable(log.parent / "docker", "exit 0")
    message = "docker compose has started 'postgres', which has no port"
    with pytest.raises(UnavailableError, match=message):
        compose.up("docker", POSTGRES)


def test_elasticsearch_is_of_the_same_version_in_a_container():
    services = yaml.safe_load(Path(compose._FILE).read_text())["services"]
    assert services["elasticsearch"]["image"].endswith(f":{VERSION}")


def test_file_has_each_service_on_loopback_with_a_health_check():
    services = yaml.safe_load(Path(compose._FILE).read_text())["services"]
    assert list(services) == list(SERVICES)
    for name, service in services.items():
        assert service["ports"] == [f"127.0.0.1::{SERVICES[name].composed.port}"]
        assert service["healthcheck"]["test"][0] == "CMD"
