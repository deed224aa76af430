"""An S3 server of its own: in a private folder, on a free port of this machine."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.services import processes
from tests.services.ports import on_free_port
from tests.services.starting import Started, answers, wait_until_ready

REGION = "us-east-1"
_SECONDS = 60


@dataclass(frozen=True)
class Server(Started):
    """A server that was started here."""

    kind: str
    folder: str
    program: str
    port: int
    key: str
    secret: str

    @property
    def endpoint(self) -> str:
        """The address, for clients."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The address, with the key of the user who may do everything."""
        return f"http://{self.key}:{self.secret}@127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Kind:
    """How a kind of server is started, and where it says that it is ready."""

    command: Callable[[Server], list[str]]
    environment: Callable[[Server], dict[str, str]]
    health: str


def _minio(server: Server) -> list[str]:
    options = ["--quiet", "--address", f"127.0.0.1:{server.port}"]
    options += ["--certs-dir", f"{server.folder}/certificates"]
    return [server.program, "server", *options, f"{server.folder}/data"]


def _minio_environment(server: Server) -> dict[str, str]:
    # A key of its own makes the headers for encryption work.
    file = Path(server.folder) / "kms"
    if not file.exists():
        file.write_text(f"dkdata:{base64.b64encode(secrets.token_bytes(32)).decode()}")
    return {
        "MINIO_ROOT_USER": server.key,
        "MINIO_ROOT_PASSWORD": server.secret,
        "MINIO_SITE_REGION": REGION,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
        "MINIO_KMS_SECRET_KEY": file.read_text(),
        "GOMEMLIMIT": "2GiB",
    }


def _versitygw(server: Server) -> list[str]:
    # Without --keep-alive, which breaks uploads of several parts at once.
    for name in ("users", "versions"):
        (Path(server.folder) / name).mkdir(exist_ok=True)
    options = ["--port", f"127.0.0.1:{server.port}", "--region", REGION, "--quiet"]
    options += ["--health", "/health", "--iam-dir", f"{server.folder}/users"]
    versions = ["--versioning-dir", f"{server.folder}/versions"]
    return [server.program, *options, "posix", *versions, f"{server.folder}/data"]


def _versitygw_environment(server: Server) -> dict[str, str]:
    return {"ROOT_ACCESS_KEY": server.key, "ROOT_SECRET_KEY": server.secret}


def _localstack(server: Server) -> list[str]:
    return [server.program, "-m", "localstack.runtime.main"]


def _localstack_environment(server: Server) -> dict[str, str]:
    return {
        "SERVICES": "s3",
        "GATEWAY_LISTEN": f"127.0.0.1:{server.port}",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DNS_ADDRESS": "0",
        "LOCALSTACK_VOLUME_DIR": f"{server.folder}/data",
        "TMPDIR": server.folder,
    }


KINDS = {
    "minio": Kind(_minio, _minio_environment, "/minio/health/ready"),
    "versitygw": Kind(_versitygw, _versitygw_environment, "/health"),
    "localstack": Kind(_localstack, _localstack_environment, "/_localstack/health"),
}


def create(kind: str, folder: Path, program: Path) -> Server:
    """Make a server with an empty folder, which may not exist, and start it."""
    (folder / "data").mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    key, secret = f"dk{secrets.token_hex(8)}", secrets.token_hex(16)
    server = Server(kind, str(folder), str(program), 0, key, secret)
    return on_free_port(lambda port: start(replace(server, port=port)))


def start(server: Server) -> Server:
    """Start the server on its port, and wait until it answers."""
    kind = KINDS[server.kind]
    path = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    log = Path(server.folder) / "server.log"
    # The server is no child of this process, which may end before it.
    shell = ["sh", "-c", '"$@" >>server.log 2>&1 </dev/null & echo $!', "sh"]
    told = subprocess.run(
        [*shell, *kind.command(server)],
        cwd=server.folder,
        env=path | {"HOME": server.folder} | kind.environment(server),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    pid = int(told.stdout)
    started = replace(server, pid=pid, since=processes.began(pid) or "")

    def is_ready() -> bool:
        return answers(server.endpoint + kind.health)

    wait_until_ready(server.kind, started, log, is_ready, _SECONDS)
    return started


def kill(server: Server) -> None:
    """End the server at once; what it has acknowledged must be there later."""
    processes.end(server.pid, server.since, signal.SIGKILL)


def stop(server: Server) -> None:
    """Stop the server, if it is still the one that was started, and remove all it had."""
    processes.end(server.pid, server.since, signal.SIGTERM, signal.SIGKILL)
    shutil.rmtree(server.folder, ignore_errors=True)
