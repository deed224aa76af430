"""A PostgreSQL server of its own: new, in a private folder, on a free port."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from tests.services import places, processes
from tests.services.places import UnavailableError
from tests.services.ports import on_free_port
from tests.services.starting import Started, run

_LONGEST_SOCKET = 103  # bytes; Linux takes 107
_SECONDS = 60


@dataclass(frozen=True)
class Server(Started):
    """A server that was started here."""

    folder: str
    programs: str
    sockets: str
    port: int
    password: str

    @property
    def url(self) -> str:
        """The database of the superuser, over TCP."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    @property
    def socket(self) -> str:
        """The path of the Unix socket."""
        return f"{self.sockets}/.s.PGSQL.{self.port}"

    @property
    def socket_url(self) -> str:
        """The same over the Unix socket."""
        folder = quote(self.sockets, safe="")
        return f"postgresql://postgres:{self.password}@{folder}:{self.port}/postgres"


def create(folder: Path, programs: Path, **settings: str | int) -> Server:
    """Make a new cluster in that folder, which may not exist, and start its server."""
    folder.mkdir(parents=True)
    folder.chmod(0o711)
    programs = places.within_reach(programs, folder)
    server = Server(str(folder), str(programs), _sockets(folder), 0, secrets.token_hex(16))
    data = places.own(folder / "data")
    _initialise(programs, data, server.password)
    chosen = {"listen_addresses": "127.0.0.1", "unix_socket_directories": f'"{server.sockets}"'}
    with (data / "postgresql.conf").open("a") as file:
        for name, value in (chosen | {"fsync": "on"} | settings).items():
            quoted = str(value).replace("'", "''")
            file.write(f"{name} = '{quoted}'\n")
    return on_free_port(lambda port: start(replace(server, port=port)))


def _sockets(folder: Path) -> str:
    """Make the folder of the sockets, whose paths are limited."""
    within = folder / "sockets"
    if len(os.fsencode(within / ".s.PGSQL.12345")) <= _LONGEST_SOCKET:
        return str(places.own(within, 0o711))
    short = Path(tempfile.mkdtemp(prefix="dk-", dir="/tmp"))
    short.rmdir()
    return str(places.own(short, 0o711))


def _initialise(programs: Path, data: Path, password: str) -> None:
    """Let a database sort by language where the server can: that shows what relies on it."""
    with tempfile.NamedTemporaryFile("w", dir=data.parent) as secret:
        secret.write(password)
        secret.flush()
        places.give(secret.name)
        options = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={secret.name}"]
        options += ["--encoding=UTF8", "--locale=C", "--no-sync"]
        command = [str(programs / "initdb"), f"--pgdata={data}", *options]
        try:
            _run([*command, "--locale-provider=icu", "--icu-locale=en-US"], data)
        except UnavailableError:
            _run(command, data)


def _run(command: list[str], data: Path) -> None:
    """Run one of the server's programs as the user of its data."""
    environment = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
    run(
        command,
        data / "server.log",
        cwd=data,
        env=environment | {"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        timeout=2 * _SECONDS,
    )


def start(server: Server) -> Server:
    """Start the server on its port, and wait until it answers."""
    data = Path(server.folder) / "data"
    command = [str(Path(server.programs) / "pg_ctl"), "start", f"--pgdata={data}", "--wait"]
    options = [
        f"--timeout={_SECONDS}",
        f"--log={data / 'server.log'}",
        f"--options=-p {server.port}",
    ]
    _run([*command, *options], data)
    pid = int((data / "postmaster.pid").read_text().split()[0])
    return replace(server, pid=pid, since=processes.began(pid) or "")


def kill(server: Server) -> None:
    """End all processes of the server at once; what it has acknowledged must be there later."""
    processes.end(server.pid, server.since, signal.SIGKILL)
    for pid, since in processes.working_in(Path(server.folder) / "data"):
        processes.end(pid, since, signal.SIGKILL)


def restart(server: Server) -> Server:
    """Start a server that has been killed, on the same port with the same data."""
    # The server would wait for its predecessor to be reaped, which in a container may be never.
    for left in (Path(server.folder) / "data" / "postmaster.pid", *Path(server.sockets).iterdir()):
        left.unlink()
    return start(server)


def stop(server: Server) -> None:
    """Stop the server, if it is still the one that was started, and remove all it had."""
    processes.end(server.pid, server.since, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
    remove(server)


def remove(server: Server) -> None:
    """Remove the folders of a server that has ended."""
    for folder in (server.sockets, server.folder):
        shutil.rmtree(folder, ignore_errors=True)
