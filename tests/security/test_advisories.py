"""`tradeops advisories` and `tradeops sbom`, over locks and databases on disk, and against services that misbehave."""

import json
from pathlib import Path
from typing import Any

import pytest
from advisory_support import record, write_project

from pytest_tradeops.cli import main
from pytest_tradeops.exceptions import Inconclusive
from pytest_tradeops.locks import Pin
from pytest_tradeops.loopback.server import LoopbackServer, Response, Route
from pytest_tradeops.security.advisories import audit, database, lock
from pytest_tradeops.security.advisories.service import Service

PINS = {"ccxt": "4.3.1", "websockets": "14.0"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "bot", PINS)


@pytest.fixture
def weak(tmp_path: Path) -> Path:
    place = tmp_path / "database"
    place.mkdir()
    (place / "A.json").write_text(json.dumps(record("GHSA-test-ccxt", "ccxt", aliases=["CVE-2026-1"])), "utf-8")
    return place


def run(root: Path, capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([*(str(one) for one in arguments), "--subject", str(root)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_finding_is_shown_and_does_not_fail(project: Path, weak: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(project, capsys, "advisories", "--database", weak)
    assert code == 0
    assert "ccxt 4.3.1: GHSA-test-ccxt (CVE-2026-1): ccxt does what it should not; fixed in 99" in out
    assert "Examined: 2 packages of uv.lock; 1 finding." in out


def test_strict_fails_with_a_finding_and_only_then(
    project: Path, weak: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, capsys, "advisories", "--strict", "--database", weak)[0] == 1
    (weak / "A.json").write_text(json.dumps(record("A", "ccxt", fixed="4.3.1")), "utf-8")
    assert run(project, capsys, "advisories", "--strict", "--database", weak)[0] == 0


def test_json_names_what_was_examined_and_what_was_not(
    project: Path, weak: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = json.loads(run(project, capsys, "advisories", "--format", "json", "--database", weak)[1])
    assert said["examined"] == {"components": 2, "lock": "uv.lock"}
    assert [(one["package"], one["id"], one["fixed"]) for one in said["findings"]] == [
        ("ccxt", "GHSA-test-ccxt", ["99"])
    ]
    assert any(one.startswith("pytest ") for one in said["not asked for"])  # installed here, and not in that lock


def test_in_github_a_finding_stands_at_the_run_and_in_its_summary(
    project: Path, weak: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    err = run(project, capsys, "advisories", "--database", weak)[2]
    assert "::warning title=advisory::ccxt 4.3.1: GHSA-test-ccxt" in err
    assert "- ccxt 4.3.1: GHSA-test-ccxt" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_extras_are_asked_for_too(tmp_path: Path, weak: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_project(tmp_path / "extras", PINS, optional=True)
    out = run(root, capsys, "advisories", "--database", weak)[1]
    assert "Examined: 2 packages of uv.lock; 1 finding." in out


def test_a_lock_without_packages_is_not_clean(tmp_path: Path, weak: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(write_project(tmp_path / "empty", {}), capsys, "advisories", "--database", weak)
    assert (code, out) == (2, "")
    assert "uv.lock pins no package of a registry, so there is nothing to ask for." in err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "poetry.lock",
            '[[package]]\nname = "ccxt"\nversion = "4.3.1"\n[[package]]\nname = "websockets"\nversion = "14.0"\n',
        ),
        ("requirements.txt", "ccxt==4.3.1\nwebsockets==14.0\n"),
        (
            "pylock.toml",
            '[[packages]]\nname = "ccxt"\nversion = "4.3.1"\n[[packages]]\nname = "websockets"\nversion = "14.0"\n',
        ),
    ],
)
def test_other_locks_are_asked_about_as_well(
    tmp_path: Path, weak: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    root = tmp_path / "other"
    root.mkdir()
    (root / name).write_text(text, encoding="utf-8")
    code, out, _ = run(root, capsys, "advisories", "--database", weak)
    assert (code, f"Examined: 2 packages of {name}; 1 finding." in out) == (0, True)
    bill = json.loads(run(root, capsys, "sbom")[1])
    assert PINS.items() <= {(one["name"], one["version"]) for one in bill["components"]}


def test_lists_for_pip_are_one_lock_and_what_they_leave_open_is_named(
    tmp_path: Path, weak: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "lists"
    root.mkdir()
    (root / "requirements.txt").write_text("ccxt==4.3.1\nmade-up-open>=2\n", encoding="utf-8")
    (root / "requirements-dev.txt").write_text("websockets==14.0\nccxt==4.3.2\n", encoding="utf-8")
    out = run(root, capsys, "advisories", "--database", weak)[1]
    assert "Examined: 3 packages of requirements-dev.txt, requirements.txt; 2 findings." in out
    assert "made-up-open (any version)" in out


def test_what_comes_from_a_commit_is_named_as_not_asked_for(
    tmp_path: Path, weak: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit = "0" * 40
    extra = f'[[package]]\nname = "own-lib"\nversion = "2"\nsource = {{ git = "https://example.com/x.git?rev=v2#{commit}" }}\n'
    root = write_project(tmp_path / "git", PINS, extra=extra)
    assert lock.find(root).foreign == (Pin("own-lib", "2", "git"),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "There is no lock: neither uv.lock,"),
        ("version = [", "uv.lock is no TOML."),
        ("\x00", "uv.lock is no TOML."),
        ("version = 1\npackage = 3", "uv.lock has no list of packages."),
        ("version = 1\n[[package]]\nname = 3\nsource = { registry = 'x' }", "uv.lock names a package without a name"),
        ("version = 1\npackage = []", "uv.lock pins no package of a registry"),
    ],
)
def test_a_lock_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, weak: Path, capsys: pytest.CaptureFixture[str], text: str | None, sentence: str
) -> None:
    if text is not None:
        (tmp_path / "uv.lock").write_text(text, encoding="utf-8")
    code, out, err = run(tmp_path, capsys, "advisories", "--database", weak)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


def test_a_misspelt_lock_is_refused(project: Path, weak: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(project, capsys, "advisories", "--database", weak, "--lock", project / "uv.lok")
    assert code == 2
    assert "uv.lok cannot be read: No such file or directory." in err


def test_everything_that_the_lock_pins_is_asked_for(project: Path) -> None:
    with Service(database.of([record("A", "ccxt")])) as service:
        answer = audit.audit(lock.find(project), service.url)
        assert service.asked == frozenset(PINS.items())
    assert [one.identity for one in answer.advisories] == ["A"]


def _answering(*statuses: Any) -> LoopbackServer:
    left = list(statuses)
    return LoopbackServer([Route("POST", "/v1/querybatch", lambda _: left.pop(0) if len(left) > 1 else left[0])])


@pytest.mark.parametrize(
    "answer",
    [
        Response.json({"code": 3, "message": "no"}, 400),
        Response.json({"message": "rate limited"}, 403),
        Response(200, b"<html>a login page</html>", {"Content-Type": "text/html"}),
        Response.json({"results": "none"}),
    ],
    ids=["refused", "forbidden", "html", "not OSV's"],
)
def test_a_service_that_does_not_answer_is_not_clean(project: Path, answer: Response) -> None:
    with _answering(answer) as server:
        with pytest.raises(Inconclusive) as caught:
            audit.audit(lock.find(project), f"{server.url}/")
        assert caught.value.message.startswith(f"The advisories at {server.url}/ could not be had: ")


@pytest.mark.parametrize("answer", [{"results": []}, {"results": [{}]}, {"results": [{"vulns": []}]}])
def test_a_service_that_knows_of_nothing_is_not_believed(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    with _answering(Response.json(answer)) as server:
        monkeypatch.setenv("TRADEOPS_OSV_URL", f"{server.url}/")
        code, out, err = run(project, capsys, "advisories")
    assert (code, out) == (2, "")
    assert "knows of nothing against jinja2 2.4.1, which is weak, so its answers prove nothing." in err


def test_a_configured_service_is_asked_once_it_has_proven_itself(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service(database.of([record("A", "jinja2", fixed="2.7.2"), record("B", "ccxt")])) as service:
        monkeypatch.setenv("TRADEOPS_OSV_URL", service.url)
        code, out, _ = run(project, capsys, "advisories")
        assert service.asked == frozenset({*PINS.items(), (audit.KNOWN.name, audit.KNOWN.version)})
    assert (code, "2 packages of uv.lock; 1 finding." in out) == (0, True)


def test_settings_of_uv_leave_nothing_out(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_NO_DEV", "1")
    monkeypatch.setenv("UV_FROZEN", "0")
    with Service(database.of([record("A", "ccxt")])) as service:
        assert audit.audit(lock.find(project), service.url).components == 2


def test_a_uv_that_cannot_audit_is_one_sentence(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "uv"
    old.write_text("#!/bin/sh\necho \"error: unrecognized subcommand 'audit'\" >&2\nexit 2\n", encoding="utf-8")
    old.chmod(0o755)
    monkeypatch.setattr(audit, "uv", lambda: old)
    with pytest.raises(Inconclusive) as caught:
        audit.audit(lock.find(project), "http://127.0.0.1:9/")
    assert caught.value.message == "This uv cannot audit."


def test_a_uv_that_asks_for_less_is_not_believed(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = json.dumps({"summary": {"audited_packages": 1}, "vulnerabilities": []})
    other = tmp_path / "uv"
    other.write_text(f"#!/bin/sh\necho '{said}'\n", encoding="utf-8")
    other.chmod(0o755)
    monkeypatch.setattr(audit, "uv", lambda: other)
    with pytest.raises(Inconclusive) as caught:
        audit.audit(lock.find(project), "http://127.0.0.1:9/")
    assert caught.value.message == "uv asked for 1 packages, but uv.lock pins 2 from a registry."


def test_the_bill_holds_the_lock_and_what_is_installed_beside_it(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bill = tmp_path / "sbom.json"
    code, out, _ = run(project, capsys, "sbom", "--output", bill)
    document = json.loads(bill.read_text(encoding="utf-8"))
    marked = [
        one for one in document["components"] if one.get("properties", [{}])[0].get("name") == "tradeops:outside-lock"
    ]
    assert code == 0
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.5")
    assert {"ccxt", "websockets", "pytest"} <= {one["name"] for one in document["components"]}
    assert "pytest" in {one["name"] for one in marked}
    assert PINS.items().isdisjoint({(one["name"], one["version"]) for one in marked})
    assert out.startswith(f"Wrote {len(document['components'])} components")


def test_a_bill_that_cannot_be_written_is_one_sentence(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(project, capsys, "sbom", "--output", "/proc/sbom.json")
    assert code == 2
    assert "/proc/sbom.json cannot be written" in err


def test_where_what_is_installed_cannot_be_listed_the_lock_is_asked_about_all_the_same(
    project: Path, weak: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    python.chmod(0o755)
    code, out, err = run(project, capsys, "advisories", "--database", weak)
    assert (code, "1 finding." in out) == (0, True)
    assert "uv does not say what" in err
    assert run(project, capsys, "sbom")[0] == 2  # a bill without it would claim to be whole


def test_an_empty_bill_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(write_project(tmp_path / "empty", {}), capsys, "sbom")
    assert (code, out) == (2, "")
    assert "uv.lock pins nothing" in err
