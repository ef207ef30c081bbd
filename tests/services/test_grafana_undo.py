"""A run that is killed in the middle of changing somebody's Grafana leaves nothing behind there, wherever it was."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from grafana_shared import everything

from pytest_tradeops.exceptions import TradeopsError
from pytest_tradeops.loopback.http import Request, Response
from pytest_tradeops.processes import registry
from pytest_tradeops.processes.child import clean_environment
from pytest_tradeops.services import control
from pytest_tradeops.services.grafana import undo
from pytest_tradeops.services.grafana.api import Grafana
from pytest_tradeops.services.grafana.remote import RemoteProvider
from pytest_tradeops.services.settings import ServicesSettings
from pytest_tradeops.standins.grafana import GrafanaStandin

#: A whole life of a place; it is killed at one of its requests.
LIFE = """
import sys
from pytest_tradeops.model import Grade, ServiceHandle
from pytest_tradeops.services.grafana.place import GrafanaPlace

url, token = sys.argv[1:]
place = GrafanaPlace(ServiceHandle("grafana", "remote", Grade.EMBEDDED, "9.4.0", {"http": url, "token": token}))
place.datasource("postgresql://reader:secret@127.0.0.1:8812/qdb")
place.dashboard({"uid": "board", "title": "Board", "panels": []})
span = {"from": 600, "to": 0}
data = [{"refId": "A", "datasourceUid": "questdb", "relativeTimeRange": span, "model": {"rawSql": "select 1"}}]
rule = {"uid": "r", "title": "R", "condition": "A", "noDataState": "OK", "execErrState": "OK", "data": data}
place.rules([{"name": "g", "interval": "10s", "rules": [rule]}])
place.route(place.contact_point("team", "webhook", {"url": "http://127.0.0.1:1/"}))
place.close()
"""


REAL = {name: text for name, text in os.environ.items() if name.startswith("TRADEOPS_GRAFANA_")}
#: The same with a pause in which everything is there.
PAUSED = LIFE.replace("place.close()", "print(place.run, flush=True)\nsys.stdin.read()")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("URL", "TOKEN", "USER", "PASSWORD"):
        monkeypatch.delenv(f"TRADEOPS_GRAFANA_{name}", raising=False)
    return tmp_path / "state"


@pytest.fixture
def standin() -> Iterator[GrafanaStandin]:
    with GrafanaStandin() as made:
        made.alerting.tree["routes"] = [{"receiver": "grafana-default-email", "object_matchers": [["team", "=", "a"]]}]
        yield made


def live(standin: GrafanaStandin, **environ: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", LIFE, standin.url, standin.token]
    return subprocess.Popen(command, env=clean_environment(environ), stderr=subprocess.PIPE)


def owned_by(pid: int) -> list[dict[str, object]]:
    return [one for one in registry.records() if one["name"] == "grafana" and (one["owner"] or {}).get("pid") == pid]


class Killer:
    """Kills a child with SIGKILL at its `number`-th change, before or after the server has made it."""

    def __init__(self, number: int, *, made: bool) -> None:
        self._number, self._made = number, made
        self._seen = 0
        self._lock = threading.Lock()
        self.child: subprocess.Popen[bytes] | None = None
        self.struck = False

    def __call__(self, request: Request) -> Response | None:
        if request.method == "GET":
            return None
        with self._lock:
            self._seen += 1
            if self._seen != self._number or self.child is None:
                return None
        self.struck = True
        self.child.kill()
        self.child.wait()
        return None if self._made else Response.hang_up()


def run_and_kill(standin: GrafanaStandin, killer: Killer, **environ: str) -> "subprocess.Popen[bytes]":
    with standin.broken(killer):
        # The child's first request cannot come before this line has given the killer its process.
        with killer._lock:
            killer.child = live(standin, **environ)
        _, error = killer.child.communicate(timeout=60)
    assert killer.struck == (killer.child.returncode == -signal.SIGKILL), error.decode()
    return killer.child


@pytest.mark.slow
def test_killed_at_any_change_the_next_start_leaves_the_server_as_it_was(standin: GrafanaStandin) -> None:
    """Each change made but not answered, and every third also not made. The supervisor cannot help: its environment
    has no credentials."""
    before = standin.state()
    settings = ServicesSettings(grafana_url=standin.url, grafana_token=standin.token)
    dirty = 0
    for number in range(1, 40):
        for made in (True, False) if number % 3 == 0 else (True,):
            killer = Killer(number, made=made)
            run_and_kill(standin, killer)
            if not killer.struck:
                break  # it made fewer changes than that: every one was tried
            dirty += standin.state() != before
            RemoteProvider().start(settings)
            assert standin.state() == before, f"killed at change {number}"
            assert not undo.left_behind()
        if not killer.struck:
            break
    assert number >= 10
    assert dirty >= 8, "the kills hit before anything was changed"
    assert standin.state() == before


def test_the_supervisor_takes_everything_back_at_once(standin: GrafanaStandin, until: Callable[..., None]) -> None:
    before = standin.state()
    run_and_kill(
        standin,
        Killer(7, made=True),
        TRADEOPS_GRAFANA_URL=standin.url,
        TRADEOPS_GRAFANA_TOKEN=standin.token,
    )
    until(lambda: standin.state() == before, "everything is taken back")
    until(lambda: not undo.left_behind(), "the file is removed")


def test_prune_takes_back_what_its_environment_names(
    standin: GrafanaStandin, monkeypatch: pytest.MonkeyPatch, until: Callable[..., None]
) -> None:
    before = standin.state()
    child = run_and_kill(standin, Killer(8, made=True))
    until(lambda: not owned_by(child.pid), "the supervisor gave up")
    (path,) = undo.left_behind()
    text = path.read_text()
    assert standin.token not in text
    assert standin.password not in text
    (said,) = [one for one in control.prune() if one["name"] == "grafana"]
    assert "TRADEOPS_GRAFANA_URL does not name" in said["problem"]
    monkeypatch.setenv("TRADEOPS_GRAFANA_URL", f"{standin.url}/")
    monkeypatch.setenv("TRADEOPS_GRAFANA_TOKEN", "glsa_wrong")
    (said,) = [one for one in control.prune() if one["name"] == "grafana"]
    assert "still on the Grafana" in said["problem"]
    assert "glsa_wrong" not in said["problem"]
    assert standin.state() != before
    monkeypatch.setenv("TRADEOPS_GRAFANA_TOKEN", standin.token)
    (said,) = [one for one in control.prune() if one["name"] == "grafana"]
    assert said["problem"] == ""
    assert standin.state() == before
    assert not undo.left_behind()


def test_what_a_live_run_has_there_is_not_touched(standin: GrafanaStandin) -> None:
    changes = undo.Undo(standin.url, "tradeops-alive", durable=True)
    changes.changes.folders.append("tradeops-alive")
    changes.save()
    try:
        assert list(undo.folder().glob("*.json"))
        assert undo.left_behind() == []
    finally:
        changes.take_back(api_of(standin))
    assert not list(undo.folder().glob("*.json"))


def test_credentials_are_not_sent_to_another_server(standin: GrafanaStandin, state: Path) -> None:

    with GrafanaStandin() as other:
        child = run_and_kill(standin, Killer(3, made=True))
        assert child.returncode == -signal.SIGKILL
        (path,) = list(undo.folder().glob("*.json"))
        with pytest.raises(TradeopsError, match="does not name"):
            undo.finish(path, Grafana(other.url, token=other.token))
        assert other.server.exchanges == ()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": "http://x"}', '{"nonsense": 1}'])
def test_a_file_that_is_none_of_ours_harms_nobody(text: str) -> None:
    path = undo.folder() / "broken.json"
    path.write_text(text)
    assert undo.left_behind() == []
    undo.finish(path, None)
    assert path.exists()


def test_the_folder_is_the_users_alone() -> None:
    assert undo.folder().stat().st_mode & 0o077 == 0
    assert undo.folder().stat().st_uid == os.getuid()


def api_of(standin: GrafanaStandin) -> Grafana:

    return Grafana(standin.url, token=standin.token)


@pytest.mark.grafana
@pytest.mark.slow
@pytest.mark.parametrize("helper", ["supervisor", "next start"])
def test_a_killed_run_leaves_a_real_server_as_it_was(
    real: dict[str, str], monkeypatch: pytest.MonkeyPatch, until: Callable[..., None], helper: str
) -> None:
    settings = ServicesSettings(
        grafana_url=real["TRADEOPS_GRAFANA_URL"],
        grafana_token=real.get("TRADEOPS_GRAFANA_TOKEN", ""),
        grafana_user=real.get("TRADEOPS_GRAFANA_USER", ""),
        grafana_password=real.get("TRADEOPS_GRAFANA_PASSWORD", ""),
    )
    endpoints = RemoteProvider().start(settings).handle.endpoints
    api = Grafana.of(endpoints)
    before = everything(api)
    script = PAUSED.replace('{"http": url, "token": token}', "json.loads(token)").replace(
        "import sys", "import json, sys"
    )
    command = [sys.executable, "-c", script, endpoints["http"], json.dumps(dict(endpoints))]
    environ = clean_environment(real if helper == "supervisor" else {})
    with subprocess.Popen(
        command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        run = child.stdout.readline().decode().strip()
        assert run, child.stderr.read().decode()
        assert everything(api, run) != before
        assert len(list(undo.folder().glob("*.json"))) == 1
        child.kill()
        child.wait()
    if helper == "supervisor":
        until(lambda: not undo.left_behind(), "the supervisor has taken everything back", 60)
    else:
        until(lambda: not owned_by(child.pid), "the supervisor gave up")
        assert everything(api, run) != before
        RemoteProvider().start(settings)
        assert not undo.left_behind()
    assert everything(api, run) == before


@pytest.fixture
def real() -> dict[str, str]:
    """The variables that name the real server, as they were before `state` hid them."""
    return REAL
