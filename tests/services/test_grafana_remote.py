"""A configured Grafana: found, graded as declared, never quoted with its secrets, and refused for what it is not."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_tradeops.cli import main
from pytest_tradeops.exceptions import NotReady, ServiceUnavailable
from pytest_tradeops.loopback.proxy import FaultProxy
from pytest_tradeops.loopback.server import LoopbackServer, Request, Response, Route
from pytest_tradeops.model import Grade
from pytest_tradeops.services import control
from pytest_tradeops.services.broker import Broker
from pytest_tradeops.services.grafana import remote
from pytest_tradeops.services.grafana.api import Grafana, GrafanaError
from pytest_tradeops.services.grafana.remote import RemoteProvider
from pytest_tradeops.services.settings import ServicesSettings
from pytest_tradeops.standins.grafana import GrafanaStandin

SECRET = "hunter2-hunter2"


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def standin() -> Iterator[GrafanaStandin]:
    with GrafanaStandin() as made:
        yield made


def refusal(settings: ServicesSettings) -> NotReady:
    with pytest.raises(NotReady) as caught:
        RemoteProvider().start(settings)
    assert SECRET not in str(caught.value)
    return caught.value


def test_it_is_found_by_token_or_user_and_graded_as_declared(standin: GrafanaStandin) -> None:
    by_token = ServicesSettings(grafana_url=f"{standin.url}/", grafana_token=standin.token, grafana_grade="real")
    handle = RemoteProvider().start(by_token).handle
    assert (handle.grade, handle.version, handle.name) == (Grade.REAL, "9.4.0-pre", "grafana")
    assert handle.endpoints == {"http": standin.url, "token": standin.token}
    by_user = ServicesSettings(
        grafana_url=standin.url, grafana_user=standin.user, grafana_password=standin.password, providers=("remote",)
    )
    broker = Broker(by_user)
    assert broker.get("grafana").endpoints == standin.endpoints
    assert broker.get("grafana").grade is Grade.CONTAINER
    broker.close()
    assert standin.state()["folders"] == {}


def test_nothing_configured_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    assert RemoteProvider().available(ServicesSettings()) == "TRADEOPS_GRAFANA_URL is not set."
    with pytest.raises(ServiceUnavailable, match="No grafana could be had") as caught:
        Broker(ServicesSettings()).get("grafana")
    assert "process" not in str(caught.value)
    with pytest.raises(ServiceUnavailable, match="No provider is configured for grafana") as caught:
        Broker(ServicesSettings(providers=("process",))).get("grafana")
    assert caught.value.remedy == "Set providers to one of: remote, container."


def test_credentials_are_asked_for_and_never_shown(standin: GrafanaStandin) -> None:
    assert "no credentials are" in refusal(ServicesSettings(grafana_url=standin.url)).message
    for token, user in ((SECRET, ""), ("", "admin")):
        settings = ServicesSettings(
            grafana_url=standin.url, grafana_token=token, grafana_user=user, grafana_password=SECRET
        )
        assert "refuses the credentials" in refusal(settings).message
    with_them = standin.url.replace("http://", f"http://admin:{SECRET}@")
    said = refusal(ServicesSettings(grafana_url=with_them, grafana_token="x"))
    assert "TRADEOPS_GRAFANA_PASSWORD" in said.remedy


def test_what_is_away_silent_or_something_else_is_told_apart(
    standin: GrafanaStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    away = refusal(ServicesSettings(grafana_url=f"http://127.0.0.1:{port}", grafana_token=SECRET))
    assert f"127.0.0.1:{port} is not reachable" in away.message
    monkeypatch.setattr(remote, "_ANSWER", 0.3)
    with FaultProxy(("127.0.0.1", standin.server.port)) as proxy:
        proxy.freeze()
        frozen = refusal(ServicesSettings(grafana_url=f"http://127.0.0.1:{proxy.port}", grafana_token=SECRET))
        assert "did not answer GET /api/health within 0.3 s" in frozen.message
    for answer in (Response.json({"status": "ok"}), Response(200, b"<html>"), Response(404, b"no"), Response(502)):

        def other(_: Request, given: Response = answer) -> Response:
            return given

        with LoopbackServer([Route("GET", "/api/health", other)]) as server:
            said = refusal(ServicesSettings(grafana_url=server.url, grafana_token=SECRET))
        assert "is no Grafana" in said.message
    assert (
        "no plain http address" in refusal(ServicesSettings(grafana_url="grafana:3000", grafana_token=SECRET)).message
    )


def test_a_slow_trickle_does_not_outlast_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        api = Grafana(f"http://127.0.0.1:{server.getsockname()[1]}", timeout=0.5)
        import threading

        def trickle() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                try:
                    while not done.wait(0.1):
                        connection.sendall(b" ")
                except OSError:
                    return

        done = threading.Event()
        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            with pytest.raises(GrafanaError, match=r"within 0\.5 s") as caught:
                api.call("GET", "/api/health")
        finally:
            done.set()
            thread.join()
    assert caught.value.kind == "timeout"


def test_only_what_has_a_process_can_be_kept() -> None:
    with pytest.raises(ServiceUnavailable, match="grafana cannot be kept here"):
        control.start("grafana", ServicesSettings())


def test_doctor_asks_it_and_says_what_it_is(
    standin: GrafanaStandin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def asked() -> dict[str, dict[str, str]]:
        main(["doctor", "--subject", str(tmp_path), "--format", "json"])
        out, err = capsys.readouterr()
        assert SECRET not in out + err
        return json.loads(out)["services"]["grafana"]

    monkeypatch.delenv("TRADEOPS_PROVIDERS", raising=False)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    monkeypatch.setenv("TRADEOPS_GRAFANA_URL", standin.url)
    monkeypatch.setenv("TRADEOPS_GRAFANA_TOKEN", standin.token)
    found = asked()
    assert set(found) == {"remote", "container"}
    assert found["remote"]["answer"] == f"Grafana 9.4.0-pre answers at 127.0.0.1:{standin.server.port}"
    monkeypatch.setenv("TRADEOPS_GRAFANA_TOKEN", SECRET)
    found = asked()
    assert "refuses the credentials" in found["remote"]["why_not"]
    assert found["container"]["why_not"]
