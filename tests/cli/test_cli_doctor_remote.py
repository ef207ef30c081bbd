"""`tradeops doctor` asks a configured server, waits no longer than it says, and never shows a secret."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.loopback.server import LoopbackServer, Request, Response, Route
from pytest_tradeops.services.questdb.process import Instance, launch
from pytest_tradeops.services.settings import ServicesSettings

SECRET = "hunter2-hunter2"
REQUIRING = """\
import pytest
from pytest_tradeops.gate import planted_fault

@pytest.mark.verification(id="ACME-001", suite="acme", title="ours", requires=("questdb",))
def test_acme_001(evidence): ...

@planted_fault(check="ACME-001", title="broken", expects="acme: broken")
def break_it(subject): ...
"""


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    """Host and port of a real server that asks for user and password."""
    made: Instance = launch(ServicesSettings(), extra={"http.user": "bot", "http.password": SECRET})
    yield made.handle.endpoints["http"].removeprefix("http://").rpartition("@")[2]
    made.stop()


@pytest.fixture
def silent() -> Iterator[str]:
    """Host and port of something that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A subject whose profile requires one check that needs QuestDB, from a remote or a local process."""
    for name in ("URL", "TOKEN", "PG_DSN", "GRADE"):
        monkeypatch.delenv(f"TRADEOPS_QUESTDB_{name}", raising=False)
    monkeypatch.delenv("TRADEOPS_PROVIDERS", raising=False)
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "test_acme_001.py").write_text(REQUIRING, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.tradeops]\nprofile = "mine"\nchecks = ["checks"]\n'
        '[tool.tradeops.profiles.mine]\nrequired = ["ACME-001"]\n'
        '[tool.tradeops.services]\nproviders = ["remote", "process"]\n',
        encoding="utf-8",
    )
    return tmp_path


class Doctor:
    """Runs it in both formats; a secret in either fails."""

    def __init__(self, bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._bot, self._capsys = bot, capsys

    def __call__(self) -> tuple[int, str, dict[str, Any]]:
        shown = []
        for style in ("text", "json"):
            code = main(["doctor", "--subject", str(self._bot), "--format", style])
            out, err = self._capsys.readouterr()
            assert SECRET not in out + err
            shown.append(out)
        return code, shown[0], json.loads(shown[1])["services"]["questdb"]


@pytest.fixture
def doctor(bot: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(bot, capsys)


def test_a_server_that_answers_is_shown_with_its_version(
    doctor: Doctor, guarded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEOPS_QUESTDB_URL", f"http://bot:{SECRET}@{guarded}/")
    monkeypatch.setenv("TRADEOPS_QUESTDB_GRADE", "testnet")
    code, out, found = doctor()
    assert code == 0
    assert f"remote     yes, evidence of grade testnet; QuestDB 9.3.4 answers at {guarded}\n" in out
    assert found["remote"]["answer"] == f"QuestDB 9.3.4 answers at {guarded}"


def test_refused_credentials_make_it_useless_and_so_are_those_behind_it(
    doctor: Doctor, guarded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEOPS_QUESTDB_URL", f"http://bot:{SECRET}x@{guarded}")
    monkeypatch.setenv("TRADEOPS_QUESTDB_TOKEN", f"{SECRET}x")
    code, out, found = doctor()
    assert code == 1, "the profile requires a check that no server is left for"
    assert f"no: the server at {guarded} refuses the credentials; correct TRADEOPS_QUESTDB_TOKEN" in out
    assert found["process"]["why_not"] == "a configured remote that does not answer is not replaced."
    assert "ACME-001 cannot: no provider can give questdb, see above" in out


def test_a_server_that_hangs_is_given_two_seconds(doctor: Doctor, silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEOPS_QUESTDB_URL", f"http://bot:{SECRET}@{silent}")
    began = time.monotonic()
    code, out, _ = doctor()
    assert time.monotonic() - began < 12, "twice two seconds, and what else it looks at"
    assert code == 1
    assert f"no: the server at {silent} does not answer within 2 s; start it, or unset TRADEOPS_QUESTDB_URL." in out


def test_a_host_that_nobody_finds_is_said(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEOPS_QUESTDB_URL", f"http://bot:{SECRET}@127.0.0.1:1")
    assert "no: the server at 127.0.0.1:1 is not reachable (Connection refused); start it" in doctor()[1]


@pytest.mark.parametrize(
    "address", [f"questdb:{SECRET}", f"http://bot:{SECRET}/x@127.0.0.1:9000", f"http://{SECRET}#x@127.0.0.1:1"]
)
def test_a_malformed_address_is_not_quoted(doctor: Doctor, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("TRADEOPS_QUESTDB_URL", address)
    code, out, found = doctor()
    assert code == 1
    assert "TRADEOPS_QUESTDB_URL" in found["remote"]["why_not"]
    assert found["remote"]["why_not"] in out


def test_something_else_is_no_questdb_even_if_it_echoes_what_it_was_sent(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def echo(request: Request) -> Response:
        return Response.json({"dataset": [[request.headers["authorization"]]], "columns": [{"name": "b", "type": "S"}]})

    monkeypatch.setenv("TRADEOPS_QUESTDB_TOKEN", SECRET)
    with LoopbackServer([Route("GET", "/exec", echo), Route("GET", "/no/exec", lambda _: Response(404))]) as server:
        monkeypatch.setenv("TRADEOPS_QUESTDB_URL", server.url)
        assert "is no QuestDB" in doctor()[2]["remote"]["why_not"]
        assert [one.request.headers["authorization"] for one in server.exchanges] == [f"Bearer {SECRET}"] * 2
        monkeypatch.setenv("TRADEOPS_QUESTDB_URL", server.url + "/no")
        assert "is no QuestDB" in doctor()[2]["remote"]["why_not"]


def test_without_remote_among_the_providers_nobody_is_asked(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEOPS_PROVIDERS", "process")
    with LoopbackServer([]) as server:
        monkeypatch.setenv("TRADEOPS_QUESTDB_URL", server.url)
        doctor()
        assert server.exchanges == ()
