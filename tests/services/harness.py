"""Finds each server, starts it where there is none, and stops what it started."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tests.services import cluster, compose, places, programs
from tests.services.compose import Composed
from tests.services.elasticsearch import programs as elasticsearch_programs
from tests.services.elasticsearch import server as elasticsearch_server
from tests.services.places import UnavailableError
from tests.services.s3 import programs as s3_programs
from tests.services.s3 import server as s3_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Programs(Protocol):
    """Finds programs, and installs them if that is wanted and possible."""

    def __call__(self, *, install: bool) -> Path: ...


@dataclass(frozen=True)
class Service:
    """A server that tests ask for by name.

    Parameters
    ----------
    programs
        Finds what starts it.
    create
        Makes one in a folder, of those programs.
    known
        Makes the description of one again, of what was written down of it.
    kill
        Ends one at once, as a loss of power does (the machine's memory excepted).
    restart
        Starts one that was killed, on the same port with the same data.
    stop
        Ends one and removes what it had.
    """

    name: str
    variable: str
    programs: Programs
    create: Callable[..., Any]
    known: Callable[..., Any]
    kill: Callable[[Any], None]
    restart: Callable[[Any], Any]
    stop: Callable[[Any], None]
    composed: Composed


def _postgres(name: str, variable: str, found: Programs) -> Service:
    composed = Composed(name, 5432, "postgresql://postgres:{password}@{address}/postgres")
    return Service(
        name,
        variable,
        found,
        cluster.create,
        cluster.Server,
        cluster.kill,
        cluster.restart,
        cluster.stop,
        composed,
    )


def _s3(name: str, found: Programs, port: int) -> Service:
    composed = Composed(name, port, "http://dkdata:{password}@{address}")
    return Service(
        name,
        f"DKDATA_TEST_{name.upper()}_URL",
        found,
        partial(s3_server.create, name),
        s3_server.Server,
        s3_server.kill,
        s3_server.start,
        s3_server.stop,
        composed,
    )


POSTGRES = {
    service.name: service
    for service in (
        _postgres("postgres", "DKDATA_TEST_POSTGRES_URL", programs.of_system),
        _postgres("postgres18", "DKDATA_TEST_POSTGRES18_URL", programs.of_package),
    )
}
S3 = {
    service.name: service
    for service in (
        _s3("minio", s3_programs.MINIO, 9000),
        _s3("localstack", s3_programs.localstack, 4566),
        _s3("versitygw", s3_programs.VERSITYGW, 7070),
    )
}
ELASTICSEARCH = Service(
    "elasticsearch",
    "DKDATA_TEST_ELASTICSEARCH_URL",
    elasticsearch_programs.of_maven,
    elasticsearch_server.create,
    elasticsearch_server.Server,
    elasticsearch_server.kill,
    elasticsearch_server.start,
    elasticsearch_server.stop,
    Composed("elasticsearch", 9200, "http://elastic:{password}@{address}"),
)
SERVICES = POSTGRES | S3 | {ELASTICSEARCH.name: ELASTICSEARCH}


@dataclass(frozen=True)
class State:
    """What is known about a server that runs; ``kept`` until somebody says ``down``."""

    url: str
    found: str
    kept: bool = False
    engine: str | None = None
    server: Any = None

    def lives(self, service: Service) -> bool:
        """Return whether it still runs."""
        if self.server:
            return self.server.lives
        return self.engine is None or compose.url(self.engine, service.composed) == self.url


def status(service: Service) -> State | None:
    """Return how the server is reached, if it runs."""
    if url := os.environ.get(service.variable):
        return State(url, service.variable)
    with _folder(service) as folder:
        return _living(service, folder)


def up(service: Service, *, kept: bool = True) -> State:
    """Return how the server is reached; start it if it does not run."""
    if url := os.environ.get(service.variable):
        return State(url, service.variable)
    with _folder(service) as folder:
        state = _living(service, folder) or _start(service, folder)
        state = replace(state, kept=kept or state.kept)
        _write(folder, state)
        return state


def down(service: Service) -> bool:
    """Stop the server, if it was started here; return whether it was."""
    with _folder(service) as folder:
        return _stop(service, folder)


@contextmanager
def used(service: Service, *, start: bool) -> Iterator[State | None]:
    """Use the server; where it was started for tests, the last one to use it stops it."""
    if os.environ.get(service.variable):
        yield status(service)
        return
    users = places.home() / service.name / "users"
    with _folder(service):
        using = users.open("a")
        fcntl.flock(using, fcntl.LOCK_SH)
    try:
        yield up(service, kept=False) if start else status(service)
    finally:
        with _folder(service) as folder, using:
            state = _living(service, folder)
            try:
                fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                state = None
            if state and not state.kept:
                _stop(service, folder)


@contextmanager
def _folder(service: Service) -> Iterator[Path]:
    """Hold the folder of a server: one process at a time looks, starts and stops."""
    folder = places.home() / service.name
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
    with places.locked(folder / "lock"):
        yield folder


def _living(service: Service, folder: Path) -> State | None:
    try:
        told = json.loads((folder / "state.json").read_text())
        server = service.known(**told.pop("server")) if told.get("server") else None
        state = State(**{**told, "server": server})
    except (FileNotFoundError, ValueError, TypeError, AttributeError):  # none, or another's
        return None
    return state if state.lives(service) else None


def _write(folder: Path, state: State) -> None:
    part = folder / "state.part"
    part.touch(mode=0o600)
    part.write_text(json.dumps(asdict(state), indent=2))
    part.replace(folder / "state.json")


def _start(service: Service, folder: Path) -> State:
    """Start the server of ``compose.yaml``, else one on this machine."""
    if engine := compose.engine():
        try:
            return State(compose.up(engine, service.composed), "compose.yaml", engine=engine)
        except UnavailableError as error:
            print(f"{service.name}: {error}; starting it without containers")
    private = folder / "server"
    shutil.rmtree(private, ignore_errors=True)  # of one that was killed
    try:
        server = service.create(private, service.programs(install=True))
    except UnavailableError as error:
        message = f"{service.name}: {error}. Or set {service.variable} to the URL of one that runs."
        raise UnavailableError(message) from error
    return State(server.url, str(private), server=server)


def _stop(service: Service, folder: Path) -> bool:
    state = _living(service, folder)
    if state and state.engine:
        compose.down(state.engine, service.composed)
    if state and state.server:
        service.stop(state.server)
    (folder / "state.json").unlink(missing_ok=True)
    return state is not None
