"""Grafana in a container of a Docker engine on this machine: the official image, on the machine's own loopback.

The container shares the machine's network: Grafana listens on 127.0.0.1 alone, and reaches the run's QuestDB and the
stand-ins of Telegram and Discord where they are, on loopback, too. That takes an engine on Linux.
"""

import importlib.util
import io
import secrets
import socket
import sys
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ...exceptions import NotReady, ServiceUnavailable
from ...model import Grade, ServiceHandle
from .. import images, owned
from ..engine import Engine, connect, engine_reason, probe, usable
from ..keeper import Keeper, last_lines
from ..provider import Running
from ..settings import ServicesSettings
from ..standin_image import is_standin
from . import answers
from .api import Grafana, GrafanaError

if TYPE_CHECKING:
    import docker  # type: ignore[import-untyped]

USER = "admin"
#: Where the image looks for provisioning files, and where ours let it look for dashboards.
PROVISIONING = "/etc/grafana/provisioning"
#: Uid that the official image runs as.
_UID = 472
_POLL = 0.1
_ANSWER = 2.0
#: Seconds for each single answer of the engine: under load, making a container takes its time.
_ENGINE_ANSWER = 60.0
#: What every server of ours runs with. Nothing is asked of or sent to the vendor, a database that hangs is noticed
#: after five seconds, and contact points apply at once instead of within a minute.
SETTINGS = {
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    "GF_SECURITY_DISABLE_GRAVATAR": "true",
    "GF_UNIFIED_ALERTING_ENABLED": "true",
    "GF_ALERTING_ENABLED": "false",
    "GF_UNIFIED_ALERTING_EVALUATION_TIMEOUT": "5s",
    "GF_UNIFIED_ALERTING_MAX_ATTEMPTS": "1",
    "GF_UNIFIED_ALERTING_ALERTMANAGER_CONFIG_POLL_INTERVAL": "1s",
    # Its SQLite answers "database is locked" under load without it.
    "GF_DATABASE_WAL": "true",
    "GF_LOG_MODE": "console",
    "GF_LOG_LEVEL": "warn",
    "GF_PATHS_PROVISIONING": PROVISIONING,
}


class ContainerProvider:
    """The official image: grade `container`; one made here: grade `embedded`."""

    name = "container"

    def available(self, settings: ServicesSettings) -> str:  # noqa: ARG002 - every provider is asked alike
        """Empty when an engine can be used; whether it has the image shows at the start."""
        if sys.platform != "linux":
            return "Grafana's container needs an engine on Linux; name a running server in TRADEOPS_GRAFANA_URL."
        return _lacking() or engine_reason()

    def grade(self, settings: ServicesSettings) -> Grade:
        """`embedded` only if the image is here and was made here: whether another can be pulled shows at the start."""
        try:
            client = connect(probe().address, timeout=_ENGINE_ANSWER)
        except ServiceUnavailable:
            return Grade.EMBEDDED
        try:
            image = images.present(client, settings.grafana_image)
            return Grade.CONTAINER if image is not None and not is_standin(image.labels) else Grade.EMBEDDED
        finally:
            client.close()

    def start(self, settings: ServicesSettings) -> Running:
        return launch(settings)


def launch(
    settings: ServicesSettings,
    *,
    files: Mapping[str, bytes] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Running:
    """Starts a container and waits until it answers.

    Args:
        files: Absolute path in the container to content, copied in before it starts: what it is provisioned from
            (`provisioning`), certificates.
        environment: Variables beyond the usual ones: `GF_...`, credentials that provisioning files name,
            `HTTPS_PROXY` and `SSL_CERT_FILE` for a stand-in of Telegram.

    Raises:
        NoEngine, EngineUnusable: no engine answers, or it is of no use.
        NoImage: the image is neither present nor pullable.
        NotReady: the container ended, which it does for most mistakes in provisioning files, with its last lines; or it
            did not answer within `settings.start_timeout`.
    """
    if lacking := _lacking():
        raise ServiceUnavailable(lacking)
    engine = probe()
    with usable(engine.address):
        client = connect(engine.address, timeout=_ENGINE_ANSWER)
        try:
            owned.sweep(client)
            if images.present(client, settings.grafana_image) is None:
                images.pull(engine.address, settings.grafana_image)
            server = _Server(client, engine, settings)
        except BaseException:
            client.close()
            raise
        try:
            return Running(server.start(files or {}, environment or {}), server.stop)
        except BaseException:
            server.stop()
            raise


def provisioning(folder: Path, *, dashboards: str = "/etc/grafana/dashboards") -> dict[str, bytes]:
    """The files of a subject's monitoring folder, at the places where the container looks for them.

    Args:
        folder: With `provisioning/` and `dashboards/`.
        dashboards: Where the subject's dashboard provider expects the dashboards.
    """
    found = {}
    for name, target in (("provisioning", PROVISIONING), ("dashboards", dashboards)):
        for path in sorted((folder / name).rglob("*")):
            if path.is_file():
                found[str(PurePosixPath(target) / path.relative_to(folder / name).as_posix())] = path.read_bytes()
    return found


def _lacking() -> str:
    if importlib.util.find_spec("docker") is None:
        return "The Docker SDK is not installed. Run `pip install 'pytest-tradeops[services]'`."
    return ""


class _Server:
    """One container and the supervisor that removes it."""

    def __init__(self, client: "docker.DockerClient", engine: Engine, settings: ServicesSettings) -> None:
        self._client = client
        self._settings = settings
        self._password = secrets.token_urlsafe(18)
        self._keeper = Keeper("grafana", client, engine)

    def start(self, files: Mapping[str, bytes], environment: Mapping[str, str]) -> ServiceHandle:
        deadline = time.monotonic() + self._settings.start_timeout
        port = _free_port()
        container = self._create(port, files, environment)
        self._keeper.made(container)
        endpoints = {"http": f"http://127.0.0.1:{port}", "user": USER, "password": self._password}
        version = self._await(container, Grafana.of(endpoints, timeout=_ANSWER), deadline)
        # The container's labels hold its image's: what runs is judged, not what a name stood for.
        made_here = is_standin(container.labels)
        handle = ServiceHandle(
            name="grafana",
            provider=ContainerProvider.name,
            grade=Grade.EMBEDDED if made_here else Grade.CONTAINER,
            version=version,
            endpoints=endpoints,
            origin=f"image made here, Grafana {version}" if made_here else f"image {self._settings.grafana_image}",
        )
        self._keeper.serves(handle)
        return handle

    def stop(self) -> None:
        self._keeper.stop()

    def _create(self, port: int, files: Mapping[str, bytes], environment: Mapping[str, str]) -> Any:
        import docker.errors  # type: ignore[import-untyped]

        own = {
            "GF_SERVER_HTTP_ADDR": "127.0.0.1",
            "GF_SERVER_HTTP_PORT": str(port),
            # Its messages carry it, and Discord refuses those with the default: a host without a dot.
            "GF_SERVER_ROOT_URL": f"http://127.0.0.1:{port}/",
            "GF_SECURITY_ADMIN_USER": USER,
            "GF_SECURITY_ADMIN_PASSWORD": self._password,
        }
        try:
            container = self._client.containers.create(
                self._settings.grafana_image,
                environment={**SETTINGS, **own, **environment},
                labels=self._keeper.labels,
                network_mode="host",
            )
            if files:
                container.put_archive("/", _archive(files))
            container.start()
        except docker.errors.APIError as error:
            said = str(error.explanation or error).rstrip(".")
            raise NotReady(
                f"The engine could not start a container of {self._settings.grafana_image}: {said}.",
                remedy="See the engine's own log.",
            ) from None
        return container

    def _await(self, container: Any, api: Grafana, deadline: float) -> str:
        """The server's version, as soon as it answers to our password; a dead container is noticed at the next poll."""
        image = self._settings.grafana_image
        while True:
            container.reload()
            state = container.attrs["State"]
            if state["Status"] in ("exited", "dead"):
                raise NotReady(
                    f"The container of {image} ended during its start with exit code {state['ExitCode']}"
                    f"{last_lines(container)}",
                    remedy="Correct the provisioning files that these lines name.",
                )
            try:
                version = answers.about(api).version
                api.call("GET", "/api/org")
            except GrafanaError as error:
                if time.monotonic() > deadline:
                    raise NotReady(
                        f"The container of {image} runs but did not answer within {self._settings.start_timeout:g} s "
                        f"({error.message.rstrip('.')}){last_lines(container)}",
                        remedy="Raise start_timeout in [tool.tradeops.services] if this machine is slow.",
                    ) from None
                time.sleep(_POLL)
            else:
                return version


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _archive(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        # Folders that are missing come to be by themselves; entries for them would take over those that are there.
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.size, entry.mode, entry.uid = len(content), 0o640, _UID
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()
