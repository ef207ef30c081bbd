"""A real Bugsink on loopback: an error tracker that knows nothing of this project, in an environment of its own."""

import http.client
import json
import os
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.processes import Service, Spec, run, start

VERSION = "2.6.1"
_API = "/api/canonical/0"
#: Seconds: for what asks the network, for what starts a process, and until the server answers.
_INSTALL, _COMMAND, _READY = 120.0, 60.0, 30.0


@dataclass(frozen=True)
class Bugsink:
    """A server with one project.

    Attributes:
        token: Of its API; may read and manage everything.
    """

    url: str
    token: str
    project: str
    dsn: str
    service: Service

    kind = "bugsink"
    organization = ""


def launch(folder: Path) -> Bugsink:
    """Installs it, makes its databases, starts it and adds a project; skips where it cannot be installed."""
    binaries = _install(folder / "env")
    home = folder / "home"
    home.mkdir()
    port = _free_port()
    _do(binaries, home, "bugsink-create-conf", "--template=local", "--host=127.0.0.1", f"--port={port}")
    with (home / "bugsink_conf.py").open("a", encoding="utf-8") as conf:
        conf.write('\nBUGSINK["PHONEHOME"] = False\n')
    _do(binaries, home, "bugsink-manage", "migrate")
    _do(binaries, home, "bugsink-manage", "migrate", "--database=snappea")
    token = _do(binaries, home, "bugsink-manage", "create_auth_token").split()[-1]
    service = start(
        Spec(
            name="bugsink",
            command=[str(binaries / "gunicorn"), f"--bind=127.0.0.1:{port}", "--workers=1", "bugsink.wsgi"],
            cwd=home,
            env=_environment(binaries, home),
            log=folder / "log",
        )
    )
    try:
        return _with_project(port, token, service)
    except BaseException:
        service.stop()
        raise


def _install(environment: Path) -> Path:
    uv = [sys.executable, "-m", "uv"]
    made = run([*uv, "venv", "--quiet", f"--python={sys.executable}", environment], cwd=environment.parent, timeout=60)
    if made.code:
        pytest.skip(f"No environment for Bugsink can be made: {made.tail}")
    command = [*uv, "pip", "install", "--quiet", f"--python={environment}", f"bugsink=={VERSION}"]
    done = run(command, cwd=environment.parent, timeout=_INSTALL)
    if done.code or done.timed_out:
        pytest.skip(f"Bugsink {VERSION} cannot be installed here: {done.tail}")
    return environment / "bin"


def _do(binaries: Path, home: Path, name: str, *arguments: str) -> str:
    done = run([binaries / name, *arguments], cwd=home, timeout=_COMMAND, env=_environment(binaries, home))
    assert done.code == 0, f"{name} {arguments}: {done.stderr[-2000:]}"
    return done.stdout


def _environment(binaries: Path, home: Path) -> dict[str, str]:
    """Nothing of this run's, such as a DSN of its own."""
    return {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "HOME": str(home), "LANG": "C.UTF-8"}


def _with_project(port: int, token: str, service: Service) -> Bugsink:
    deadline = time.monotonic() + _READY
    while True:
        try:
            team = _call(port, token, "POST", "/teams/", {"name": "trading"})
            break
        except OSError:
            assert service.poll() is None, f"Bugsink ended: {service.tail()}"
            assert time.monotonic() < deadline, f"Bugsink does not answer: {service.tail()}"
            time.sleep(0.1)
    made = _call(port, token, "POST", "/projects/", {"name": "bot", "team": team["id"]})
    dsn = _call(port, token, "GET", f"/projects/{made['id']}/")["dsn"]
    return Bugsink(f"http://127.0.0.1:{port}", token, str(made["id"]), dsn, service)


def _call(port: int, token: str, method: str, path: str, body: Any = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        text = None if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, _API + path, text, headers)
        answer = connection.getresponse()
        raw = answer.read()
    finally:
        connection.close()
    assert answer.status < 300, raw[:500]
    return json.loads(raw)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
