"""An Elasticsearch server of its own: one node in a private folder, on free ports."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import signal
from dataclasses import dataclass, replace
from pathlib import Path

from tests.services import places, processes
from tests.services.elasticsearch import jdk
from tests.services.ports import on_free_port
from tests.services.starting import Started, answers, run, wait_until_ready

# Without the second compiler, and with a heap that is not touched before it is used: a start takes
# half of the time and of the memory, which counts more in tests than how fast the server becomes.
_JAVA = "-Xms1g -Xmx1g -XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch"
_SECONDS = 180  # on a machine that does much else
_SETTINGS: dict[str, str | int | bool] = {
    "node.name": "dkdata",
    "discovery.type": "single-node",
    "http.host": "127.0.0.1",
    "transport.host": "127.0.0.1",
    "transport.port": 0,
    "xpack.security.enabled": True,
    "xpack.security.enrollment.enabled": False,
    "xpack.security.http.ssl.enabled": False,
    "xpack.security.transport.ssl.enabled": False,
    "logger.level": "WARN",
    # Else a disk that is nearly full makes all indexes read-only.
    "cluster.routing.allocation.disk.threshold_enabled": False,
}
# A while after it first answers, the server makes its first index, which is of its users, and lets
# nobody in until that is there.
_HEALTH = "/_cluster/health?wait_for_status=yellow&wait_for_active_shards=1&timeout=1s"


@dataclass(frozen=True)
class Server(Started):
    """A server that was started here."""

    folder: str
    programs: str
    java: str
    port: int
    password: str

    @property
    def endpoint(self) -> str:
        """The address, for clients."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The address, with the password of the user who may do everything."""
        return f"http://elastic:{self.password}@127.0.0.1:{self.port}"

    @property
    def node(self) -> Path:
        """The folder of the server's user."""
        return Path(self.folder) / "node"


def create(folder: Path, programs: Path, **settings: str | int | bool) -> Server:
    """Make a new node in that folder, which may not exist, and start its server."""
    folder.mkdir(parents=True)
    folder.chmod(0o711)
    server = Server(str(folder), str(programs), str(jdk.found()), 0, secrets.token_hex(16))
    node = places.own(server.node)
    paths = {f"path.{name}": str(places.own(node / name)) for name in ("data", "logs")}
    places.own(node / "tmp")
    config = shutil.copytree(programs / "config", node / "config")
    places.give(config)
    chosen = _SETTINGS | paths | settings
    # JSON is YAML, too.
    (config / "elasticsearch.yml").write_text(json.dumps(chosen, indent=2))
    _set_password(server)
    return on_free_port(lambda port: start(replace(server, port=port)))


def _set_password(server: Server) -> None:
    """Give the user ``elastic`` its password, which is on no command line."""
    launcher = "org.elasticsearch.launcher.CliToolLauncher"
    properties = {
        "cli.name": "keystore",
        "cli.libs": "lib/tools/keystore-cli",
        "es.path.home": server.programs,
        "es.path.conf": server.node / "config",
    }
    options = [f"-D{name}={value}" for name, value in properties.items()]
    command = [*options, "-cp", "lib/*:lib/cli-launcher/*", launcher]
    _run(server, [*command, "add", "--stdin", "--force", "bootstrap.password"], server.password)


def start(server: Server) -> Server:
    """Start the server on its port with the data that it has, and wait until it is healthy."""
    launcher = "org.elasticsearch.server.launcher.ServerLauncher"
    pid_file = server.node / "pid"
    options = ["--daemonize", "--pidfile", str(pid_file), "-E", f"http.port={server.port}"]
    log = server.node / "logs" / "elasticsearch.log"
    try:
        _run(server, ["-cp", "lib/tools/server-launcher/*", launcher, *options])
        pid = int(pid_file.read_text())
        started = replace(server, pid=pid, since=processes.began(pid) or "")
        wait_until_ready("elasticsearch", started, log, lambda: _is_healthy(server), _SECONDS)
    except BaseException:  # the launcher may end before it knows whether the server starts
        kill(server)
        raise
    return started


def _run(server: Server, command: list[str], text: str = "") -> None:
    """Run one of the small programs of the server, in Java as its scripts do."""
    known = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    java = Path(server.java) / "bin" / "java"
    environment = {
        "ES_HOME": server.programs,
        "ES_PATH_CONF": server.node / "config",
        "ES_TMPDIR": server.node / "tmp",
        "ES_JAVA_OPTS": _JAVA,
        "ES_DISTRIBUTION_TYPE": "zip",
        "JAVA": java,
        "JAVA_TYPE": "ES_JAVA_HOME",
    }
    run(
        [str(java), "-Xmx64m", "-XX:+UseSerialGC", *command],
        cwd=server.programs,
        env=known | {name: str(value) for name, value in environment.items()},
        input=text,
        timeout=_SECONDS,
        start_new_session=True,  # Ctrl-C is not for the server
    )


def _is_healthy(server: Server) -> bool:
    key = base64.b64encode(f"elastic:{server.password}".encode()).decode()
    return answers(server.endpoint + _HEALTH, {"Authorization": f"Basic {key}"})


def kill(server: Server) -> None:
    """End the server at once; what it has acknowledged must be there later."""
    processes.end(server.pid, server.since, signal.SIGKILL)
    for pid, since in processes.working_in(server.node / "logs"):  # one that has not quite started
        processes.end(pid, since, signal.SIGKILL)


def stop(server: Server) -> None:
    """Stop the server, if it is still the one that was started, and remove all it had."""
    processes.end(server.pid, server.since, signal.SIGTERM, signal.SIGKILL)
    shutil.rmtree(server.folder, ignore_errors=True)
