"""Where the programs of S3 servers are, and how they come to a machine that lacks them.

MinIO and versitygw are built from their sources by Go, in some minutes and once; LocalStack gets a
Python environment of its own. All are pinned: Go checks each module against its checksum database,
and the modules of what was built have the digest that is written here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.services import installing, places
from tests.services.installing import once, require, run
from tests.services.places import UnavailableError

_PINS = Path(__file__).with_name("localstack.txt")
# Go without credentials, workspaces and flags of the user.
_GO = {
    "CGO_ENABLED": "0",
    "GO111MODULE": "on",
    "GOWORK": "off",
    "GOTOOLCHAIN": "auto",
    "GOFLAGS": "-modcacherw -trimpath -buildvcs=false",
}


@dataclass(frozen=True)
class GoProgram:
    """A program that Go builds.

    Parameters
    ----------
    digest
        SHA-256 of the lines of ``go version -m`` on the modules, on Linux on x86-64.
    """

    name: str
    package: str
    version: str
    digest: str

    def __call__(self, *, install: bool) -> Path:
        """Return the program; build it if that is wanted."""
        folder = installing.folder()
        program = folder / f"{self.name}-{self.version}"
        with places.locked(folder / f"{self.name}.lock"):
            if not program.exists():
                require(self.name, install=install)
                self._build(program)
        return program

    def _build(self, program: Path) -> None:
        go = shutil.which("go")
        if go is None:
            message = (
                f"{self.name} is built by Go, which is not on the PATH. Install Go 1.21 or later"
            )
            raise UnavailableError(message)
        print(f"{self.name}: building it, which takes some minutes, once ...", flush=True)
        # Modules and results of its own: a build that is broken off goes on, a whole one leaves
        # nothing behind.
        work = program.with_suffix(".build")
        (work / "bin").mkdir(parents=True, exist_ok=True)
        caches = {"GOBIN": work / "bin", "GOMODCACHE": work / "modules", "GOCACHE": work / "cache"}
        environment = os.environ | _GO | {name: str(path) for name, path in caches.items()}
        source = f"{self.package}@{self.version}"
        run([go, "install", "-ldflags", "-s -w", source], self.name, environment)
        built = work / "bin" / self.name
        self._check(run([go, "version", "-m", str(built)], self.name, environment))
        built.chmod(0o755)
        built.replace(program)
        shutil.rmtree(work)

    def _check(self, told: str) -> None:
        rows = (line.split() for line in told.splitlines())
        modules = "".join(
            " ".join(row[:4]) + "\n" for row in rows if row and row[0] in ("mod", "dep", "=>")
        )
        found = hashlib.sha256(modules.encode()).hexdigest()
        if found != self.digest and sys.platform == "linux" and os.uname().machine == "x86_64":
            message = f"{self.name} was built of other modules than those that are pinned: {found}"
            raise UnavailableError(message)


MINIO = GoProgram(
    "minio",
    "github.com/minio/minio",
    "v0.0.0-20260212201848-7aac2a2c5b7c",
    "f385cdfffadedf60cd5e67eb2315c2eab173c2c78a52c391ca8945f1ebb62c57",
)
VERSITYGW = GoProgram(
    "versitygw",
    "github.com/versity/versitygw/cmd/versitygw",
    "v1.8.0",
    "56e78061e80ec0109ee0be8403d8eb8d81357e31021210d54c110ecdd27fa850",
)


def localstack(*, install: bool) -> Path:
    """Return the Python of an environment with LocalStack, of the versions that are pinned."""
    return environment("localstack", _PINS, install=install)


def environment(name: str, pins: Path, *, install: bool) -> Path:
    """Return the Python of an environment with pinned packages; make it where there is none."""

    def make(folder: Path) -> None:
        run([sys.executable, "-m", "venv", str(folder)], name)
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        python = str(folder / "bin" / "python")
        run([python, "-m", "pip", "install", *options, "-r", str(pins)], name)

    version = hashlib.sha256(pins.read_bytes()).hexdigest()[:12]
    return once(name, version, make, install=install) / "bin" / "python"
