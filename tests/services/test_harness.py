"""Servers are found, started once, told apart from other processes, and stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg2
import pytest

from tests.services import cluster, harness, owned, places, processes, programs
from tests.services.__main__ import main
from tests.services.databases import run
from tests.services.harness import POSTGRES, SERVICES
from tests.services.places import UnavailableError

ROOT = Path(__file__).parent.parent.parent
SERVICE = SERVICES["postgres18"]


def _state(home):
    return json.loads((home / SERVICE.name / "state.json").read_text())


def test_starts_shows_and_stops_by_name(home, capsys):
    assert main(["status", SERVICE.name]) == 1
    assert main(["up", SERVICE.name]) == 0
    assert main(["status", SERVICE.name]) == 0
    state = harness.status(SERVICE)
    assert run(state.url, "select 1") == [(1,)]
    assert main(["down", SERVICE.name]) == 0
    assert harness.status(SERVICE) is None
    assert main(["down", SERVICE.name]) == 0
    shown = f"{SERVICE.name}    {state.url}  ({home / SERVICE.name / 'server'})"
    missing, stopped = f"{SERVICE.name}    does not run", f"{SERVICE.name}    stopped"
    assert capsys.readouterr().out.splitlines() == [missing, shown, shown, stopped, missing]
    assert sorted(path.name for path in (home / SERVICE.name).iterdir()) == ["lock"]


def test_says_which_services_there_are(capsys):
    with pytest.raises(SystemExit):
        main(["up", "oracle"])
    assert "no service 'oracle'; there are: postgres, postgres18, minio" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", list(POSTGRES))
def test_server_is_private_and_durable(name):
    url = harness.up(SERVICES[name]).url
    (folder,) = run(url, "show data_directory")[0]
    assert Path(folder).stat().st_uid == places.user().get("user", os.getuid())
    assert Path(folder).stat().st_mode & 0o077 == 0
    assert run(url, "show listen_addresses") == [("127.0.0.1",)]
    assert run(url, "show fsync") == [("on",)]
    assert run(url, "select rolsuper from pg_roles where rolname = current_user") == [(True,)]
    password = url.split(":")[2].split("@")[0]
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url.replace(password, "guess"))


@pytest.mark.usefixtures("home")
def test_server_answers_on_a_unix_socket_too():
    server = harness.up(SERVICE).server
    assert run(server.socket_url, "select inet_client_addr()") == [(None,)]
    assert len(server.socket) <= 103


def test_sockets_have_short_paths_wherever_the_folder_is(home):
    server = cluster.create(home / ("long" * 20), programs.of_package(install=False))
    try:
        assert run(server.socket_url, "select 1") == [(1,)]
    finally:
        cluster.stop(server)
    assert not Path(server.sockets).exists()


@pytest.mark.usefixtures("home")
def test_is_started_once_by_many_at_once():
    command = [sys.executable, "-m", "tests.services", "up", SERVICE.name]
    many = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    told = {process.communicate()[0] for process in many}
    assert told == {f"{SERVICE.name}    {harness.status(SERVICE).url}  ({_folder()})\n"}


def _folder():
    return places.home() / SERVICE.name / "server"


@pytest.mark.usefixtures("home")
def test_is_started_anew_after_it_was_killed():
    first = harness.up(SERVICE)
    os.kill(first.server.pid, signal.SIGKILL)
    assert processes.waits_for_end(first.server.pid, first.server.since, 10)
    assert harness.status(SERVICE) is None
    assert run(harness.up(SERVICE).url, "select 1") == [(1,)]


@pytest.mark.parametrize("state", ["", "{", "[]", '{"url": "x"}', '{"server": {"pid": 1}}'])
def test_a_state_that_cannot_be_read_is_none(home, state):
    (home / SERVICE.name).mkdir(exist_ok=True)
    (home / SERVICE.name / "state.json").write_text(state)
    assert harness.status(SERVICE) is None
    assert harness.down(SERVICE) is False


def test_another_process_with_the_same_id_is_left_alone(home):
    harness.up(SERVICE)
    state = _state(home)
    harness.down(SERVICE)
    with subprocess.Popen(["sleep", "60"]) as other:
        state["server"]["pid"] = other.pid
        (home / SERVICE.name / "state.json").write_text(json.dumps(state))
        assert harness.status(SERVICE) is None
        assert harness.down(SERVICE) is False
        assert other.poll() is None
        other.kill()


def test_a_process_that_waits_to_be_reaped_has_ended():
    with subprocess.Popen(["sleep", "60"]) as process:
        since = processes.began(process.pid)
        assert processes.lives(process.pid, since)
        process.kill()
        processes.end(process.pid, since, signal.SIGKILL, seconds=10)
        assert processes.began(process.pid) is None


def test_a_process_that_does_not_obey_is_named():
    with subprocess.Popen(["sleep", "60"]) as process:
        since = processes.began(process.pid)
        with pytest.raises(TimeoutError, match=f"process {process.pid} does not end"):
            processes.end(process.pid, since, signal.SIGCONT, seconds=0.05)
        process.kill()


@pytest.mark.usefixtures("home")
def test_the_variable_is_asked_first(monkeypatch, capsys):
    monkeypatch.setenv(SERVICE.variable, "postgresql://elsewhere/db")
    assert main(["up", SERVICE.name]) == 0
    assert capsys.readouterr().out == (
        f"{SERVICE.name}    postgresql://elsewhere/db  ({SERVICE.variable})\n"
    )
    assert harness.down(SERVICE) is False
    with harness.used(SERVICE, start=True) as state:
        assert state.url == "postgresql://elsewhere/db"


@pytest.mark.usefixtures("home")
def test_the_last_to_use_it_stops_it():
    with harness.used(SERVICE, start=True) as state:
        with harness.used(SERVICE, start=True) as same:
            assert same == state
        assert harness.status(SERVICE) == state
    assert harness.status(SERVICE) is None


@pytest.mark.usefixtures("home")
def test_what_was_started_by_hand_stays():
    with harness.used(SERVICE, start=True):
        url = harness.up(SERVICE).url
    assert harness.status(SERVICE).url == url
    with harness.used(SERVICE, start=False) as state:
        assert state.url == url
    assert harness.status(SERVICE).url == url


@pytest.mark.usefixtures("home")
def test_nothing_is_started_unless_it_is_wanted():
    with harness.used(SERVICE, start=False) as state:
        assert state is None


def test_servers_of_killed_tests_are_swept(home):
    code = (
        "import os, signal; from tests.services import harness, owned\n"
        "service = harness.SERVICES['postgres18']\n"
        "with owned.started(service, service.programs(install=False)) as server:\n"
        "    print(server.url, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert run(told.stdout.strip(), "select 1") == [(1,)]
    with owned.started(SERVICE, programs.of_package(install=False)) as server:
        assert len(list(home.glob("own-*"))) == 1
        owned.sweep()
        assert run(server.url, "select 1") == [(1,)]
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        psycopg2.connect(told.stdout.strip())
    assert list(home.glob("own-*")) == []


@pytest.mark.parametrize("cache", ["/proc/none", "/dev/null/none"])
def test_folders_lie_elsewhere_where_home_cannot_be_written(monkeypatch, cache):
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    assert places.home() == places._TEMPORARY / f"dkdata-services-{os.geteuid()}"


def test_a_folder_that_is_a_link_is_not_used(monkeypatch, tmp_path, home):
    (tmp_path / "dkdata").mkdir()
    (tmp_path / "dkdata" / "services").symlink_to(home)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert places.home() == places._TEMPORARY / f"dkdata-services-{os.geteuid()}"


def test_says_so_where_no_folder_can_be_written(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    monkeypatch.setattr(places, "_TEMPORARY", Path("/dev/null"))
    monkeypatch.setattr(tempfile, "tempdir", "/dev/null")
    with pytest.raises(UnavailableError, match=r"written to: tried /proc/none.*XDG_CACHE_HOME"):
        places.home()


def test_programs_that_only_root_reaches_are_copied(home, tmp_path):
    package = programs.of_package(install=False).parents[1]
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    for part in (package / "pginstall18", package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, hidden / part.relative_to(package.parent))
    given = hidden / package.name / "pginstall18" / "bin"
    server = cluster.create(home / "copied", given)
    try:
        assert run(server.url, "show server_version_num")[0][0].startswith("18")
        assert (server.programs == str(given)) == (os.geteuid() != 0)
    finally:
        cluster.stop(server)
