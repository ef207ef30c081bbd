"""An absent, an unusable and a usable engine are told apart, and none of them can hang the run. Runs without Docker."""

import contextlib
import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.exceptions import EngineUnusable, NoEngine, NoImage, ServiceUnavailable
from pytest_tradeops.services import images
from pytest_tradeops.services.engine import engine_address, engine_reason, probe
from pytest_tradeops.services.questdb.container import ContainerProvider
from pytest_tradeops.services.settings import ServicesSettings

type Answers = Callable[[str, str], tuple[int, dict[str, Any]] | None]

VERSION = {"Version": "99.1", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}


@contextlib.contextmanager
def fake_engine(answers: Answers) -> Iterator[str]:
    """An engine on loopback; `answers(method, path)` gives status and body, or None to stay silent."""
    ended = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = answers(self.command, self.path)
            if answer is None:
                ended.wait(30)
                return
            body = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"tcp://127.0.0.1:{server.server_port}"
    finally:
        ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def healthy(method: str, path: str) -> tuple[int, dict[str, Any]]:
    return (404, {"message": "No such image"}) if method == "POST" else (200, VERSION)


def provider_error() -> ServiceUnavailable:
    with pytest.raises(ServiceUnavailable) as caught:
        ContainerProvider().start(ServicesSettings())
    return caught.value


def test_engine_that_would_create_a_container_is_usable() -> None:
    with fake_engine(healthy) as address:
        assert probe(address).version == "99.1"


def test_no_engine_has_its_own_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/missing.sock")
    error = provider_error()
    assert isinstance(error, NoEngine)
    assert "No container engine answers at unix://" in error.message
    assert "DOCKER_HOST" in error.remedy
    assert ContainerProvider().available(ServicesSettings()) == str(error)


def test_engine_that_answers_500_is_unusable(monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_engine(lambda *_: (500, {"message": "the store is broken"})) as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        error = provider_error()
        assert isinstance(error, EngineUnusable)
        assert "answers, but with HTTP 500 (the store is broken)" in error.message


def test_engine_that_creates_no_containers_is_unusable() -> None:
    def answers(method: str, path: str) -> tuple[int, dict[str, Any]]:
        return (403, {"message": "POST is not allowed"}) if method == "POST" else (200, VERSION)

    with fake_engine(answers) as address, pytest.raises(EngineUnusable, match=r"created: HTTP 403 \(POST is not"):
        probe(address)


@pytest.mark.parametrize("silent_at", ["/version", "/containers/create"])
def test_silent_engine_holds_nobody_for_longer_than_the_deadline(silent_at: str) -> None:
    with fake_engine(lambda method, path: None if path == silent_at else healthy(method, path)) as address:
        began = time.monotonic()
        with pytest.raises(EngineUnusable, match="did not answer within 1 s"):
            probe(address, timeout=1.0)
        assert time.monotonic() - began < 2


def test_engine_that_trickles_holds_nobody_either(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    stop = threading.Event()

    def trickle(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            while not stop.wait(0.05):
                connection.sendall(b"x")

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=trickle, args=(listener,))
        thread.start()
        try:
            began = time.monotonic()
            with pytest.raises(EngineUnusable, match=r"did not answer within 0\.5 s"):
                probe(f"unix://{path}", timeout=0.5)
            assert time.monotonic() - began < 1.5
        finally:
            stop.set()
            thread.join()


def test_what_does_not_speak_http_is_named_so() -> None:
    def greet(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"220 mail ready\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet, args=(listener,))
        thread.start()
        with pytest.raises(EngineUnusable, match="does not speak HTTP"):
            probe(f"tcp://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()


@pytest.mark.parametrize("address", ["tcp://192.0.2.1:2375", "ssh://build@192.0.2.1"])
def test_engine_on_another_machine_is_refused_without_asking_it(address: str) -> None:
    began = time.monotonic()
    with pytest.raises(EngineUnusable, match="on another machine"):
        probe(address)
    assert time.monotonic() - began < 0.5


def test_address_comes_from_docker_host_then_the_current_context_then_the_usual_socket(tmp_path: Path) -> None:
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    assert engine_address(environ) == "unix:///var/run/docker.sock"
    meta = tmp_path / "contexts" / "meta" / "0af"
    meta.mkdir(parents=True)
    context = {"Name": "mine", "Endpoints": {"docker": {"Host": "unix:///home/u/docker.sock"}}}
    (meta / "meta.json").write_text(json.dumps(context))
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "mine"}))
    assert engine_address(environ) == "unix:///home/u/docker.sock"
    assert engine_address({**environ, "DOCKER_HOST": "tcp://127.0.0.1:1"}) == "tcp://127.0.0.1:1"


def test_engine_reason_is_one_sentence_and_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    assert engine_reason() == (
        "No container engine answers at unix:///nowhere/docker.sock (No such file or directory). "
        "Start Docker, or name a running engine in DOCKER_HOST."
    )


def test_silent_registry_does_not_hang_a_pull() -> None:
    def answers(method: str, path: str) -> tuple[int, dict[str, Any]] | None:
        return None if "/images/create" in path else healthy(method, path)

    with fake_engine(answers) as address:
        began = time.monotonic()
        with pytest.raises(NoImage, match=r"a/b:1 is absent .* no sign of life for 0.5 s") as caught:
            images.pull(address, "a/b:1", stall=0.5)
        assert "docker pull a/b:1" in caught.value.remedy
        assert time.monotonic() - began < 4
        began = time.monotonic()
        with pytest.raises(NoImage):  # remembered: the next service does not wait again
            images.pull(address, "a/b:1", stall=0.5)
        assert time.monotonic() - began < 0.2


def test_engines_own_reason_for_a_failed_pull_is_kept() -> None:
    def answers(method: str, path: str) -> tuple[int, dict[str, Any]]:
        return (404, {"message": "manifest unknown."}) if "/images/create" in path else healthy(method, path)

    with fake_engine(answers) as address, pytest.raises(NoImage, match=r"cannot be pulled: manifest unknown\. Run"):
        images.pull(address, "a/b:2")
