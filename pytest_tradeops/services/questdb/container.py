"""QuestDB in a container of a Docker engine on this machine: the vendor's image, or a local stand-in for it."""

import http.client
import importlib.util
import json
import secrets
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ...exceptions import NoImage, NotReady, ServiceUnavailable
from ...model import Grade, ServiceHandle
from ...processes import service
from .. import images, owned
from ..engine import Engine, connect, engine_reason, probe, sdk_environment
from ..provider import Running
from ..settings import ServicesSettings
from ..standin_image import LABEL, ensure_standin, is_standin, recipe_for
from . import jar

if TYPE_CHECKING:
    import docker  # type: ignore[import-untyped]

HTTP, PG = 9000, 8812
_POLL = 0.1
#: Seconds; every answer that is a container's own comes from this machine.
_ANSWER = 1.0
#: Seconds for each single answer of the engine; one that makes a container under load takes its time.
_ENGINE_ANSWER = 60.0
#: Seconds in which a container that was being made when its owner died still appears.
_SETTLE = 3.0
_LOG_LINES = 12
_SMALL, _SMALLER = "64k", "16k"
#: For tables of a few rows: the defaults reserve megabytes per column.
_SERVER = {
    "telemetry.enabled": "false",
    "line.tcp.enabled": "false",
    "http.min.enabled": "false",
    "shared.worker.count": "1",
    "pg.connection.pool.capacity": "2",
    "http.connection.pool.initial.capacity": "1",
    "cairo.sql.map.key.capacity": "1024",
    "cairo.writer.data.append.page.size": _SMALL,
    "cairo.o3.column.memory.size": _SMALL,
    "cairo.wal.writer.data.append.page.size": _SMALL,
    "cairo.writer.data.index.value.append.page.size": _SMALL,
    "cairo.sql.map.page.size": _SMALL,
    "cairo.sql.hash.join.value.page.size": _SMALL,
    "cairo.sql.sort.value.page.size": _SMALL,
    "cairo.writer.data.index.key.append.page.size": _SMALLER,
    "cairo.system.writer.data.append.page.size": _SMALLER,
    "cairo.system.o3.column.memory.size": _SMALLER,
}


class ContainerProvider:
    """Starts one container; it dies with this process, however this process dies."""

    name = "container"

    def available(self, settings: ServicesSettings) -> str:  # noqa: ARG002 - every provider is asked alike
        """Empty when an engine can be used; whether it has the image shows at the start."""
        if importlib.util.find_spec("testcontainers") is None:
            return "testcontainers is not installed. pip install 'pytest-tradeops[services]'"
        return engine_reason()

    def start(self, settings: ServicesSettings) -> Running:
        """Starts a container and waits until it answers a query.

        Raises:
            NoEngine: no engine answers.
            EngineUnusable: something answers as an engine, but is of no use.
            NoImage: the image is neither present nor pullable, and no stand-in can be built.
            NotReady: the container ended, or did not answer within `settings.start_timeout`.
        """
        engine = probe()
        client = connect(engine.address, timeout=_ENGINE_ANSWER)
        try:
            owned.sweep(client)
            image = _image(client, engine, settings)
            return _run(client, engine, image, settings)
        except BaseException:
            client.close()
            raise


def _image(client: "docker.DockerClient", engine: Engine, settings: ServicesSettings) -> str:
    """The id of the configured image, or of a stand-in."""
    from testcontainers.core.config import testcontainers_config

    name = testcontainers_config.hub_image_name_prefix + settings.questdb_image
    found = images.present(client, name)
    if found is not None:
        return str(found.id)
    try:
        images.pull(engine.address, name)
        return str(client.images.get(name).id)
    except NoImage as absent:
        try:
            standin = ensure_standin(client, recipe_for(jar.get(settings.questdb_jar).path))
        except ServiceUnavailable as error:
            raise NoImage(f"{absent.message} Nor is there a stand-in: {error.message}", remedy=absent.remedy) from None
        images.say(f"{absent.message} A local stand-in takes its place; it counts as embedded.")
        return standin


def _run(client: "docker.DockerClient", engine: Engine, image: str, settings: ServicesSettings) -> Running:
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import DockerContainer

    # Our supervisor reaps, without an image of its own, and also where Ryuk's cannot be pulled.
    testcontainers_config.ryuk_disabled = True
    run = secrets.token_hex(6)
    remove = [sys.executable, "-P", "-m", owned.__name__, engine.address, run]
    # Before the container: no moment is left in which nobody would remove it.
    keeper = service.start(service.Spec(name="questdb-container", cleanup_command=[*remove, str(_SETTLE)]))
    stopped = False

    def stop() -> None:
        nonlocal stopped
        if stopped:
            return
        stopped = True
        try:
            owned.remove_run(client, run)
            keeper.note(cleanup_command=[])  # nothing is left for it to do, which spares an interpreter's start
        finally:
            keeper.stop()
            client.close()

    try:
        container = DockerContainer("", {"environment": sdk_environment(engine.address), "timeout": _ENGINE_ANSWER})
        container.image = image  # by id: a name could be given to another image between the look-up and the start
        container.with_envs(**{f"QDB_{key.upper().replace('.', '_')}": value for key, value in _SERVER.items()})
        # Its own method publishes on every interface; the SDK below takes an address, though the annotation does not.
        container.ports.update({f"{port}/tcp": ("127.0.0.1", None) for port in (HTTP, PG)})  # type: ignore[misc]
        container.with_kwargs(labels=owned.labels(run))
        try:
            deadline = time.monotonic() + settings.start_timeout
            _start(container, settings)
            keeper.note(container=container.get_container_id(), cleanup_command=remove)
            found = container.get_wrapped_container()
            version, endpoints = _until_ready(found, settings, deadline)
            labels = found.labels
        finally:
            container.get_docker_client().client.close()
        standin = is_standin(labels)
        return Running(
            ServiceHandle(
                name="questdb",
                provider=ContainerProvider.name,
                grade=Grade.EMBEDDED if standin else Grade.CONTAINER,
                version=version,
                endpoints=endpoints,
                origin=_origin(labels, settings),
            ),
            stop,
        )
    except BaseException:
        stop()
        raise


def _start(container: Any, settings: ServicesSettings) -> None:
    import docker.errors  # type: ignore[import-untyped]

    try:
        container.start()
    except docker.errors.APIError as error:
        raise NotReady(
            f"The engine could not start a container of {settings.questdb_image}: {error.explanation or error}.",
            remedy="See the engine's own log.",
        ) from None


def _until_ready(container: Any, settings: ServicesSettings, deadline: float) -> tuple[str, dict[str, str]]:
    """The server's version and endpoints, as soon as it answers a query."""
    while True:
        container.reload()
        state = container.attrs["State"]
        if state["Status"] in ("exited", "dead"):
            memory = ", out of memory" if state.get("OOMKilled") else ""
            raise NotReady(
                f"The container of {settings.questdb_image} ended during its start with exit code "
                f"{state['ExitCode']}{memory}{_last_lines(container)}"
            )
        addresses = _addresses(container)
        answered = next((one for one in addresses if _ask_version(*one[:2])), None)
        if answered is not None:
            # Loopback wins where both have come to answer since.
            for host, web, pg in (*addresses[:1], answered):
                if version := _ask_version(host, web):
                    return version, {"http": f"http://{host}:{web}", "pg": f"postgresql://admin:quest@{host}:{pg}/qdb"}
        if time.monotonic() > deadline:
            raise NotReady(
                f"The container of {settings.questdb_image} runs but did not answer within "
                f"{settings.start_timeout:g} s{_last_lines(container)}",
                remedy="Raise start_timeout in [tool.tradeops.services] where the machine is slow.",
            )
        time.sleep(_POLL)


def _addresses(container: Any) -> list[tuple[str, int, int]]:
    """Host, HTTP port and PG port: as published on loopback, then on the engine's own network.

    The second is for a run that is itself in a container and shares the host's engine: that loopback is not its own.
    """
    network = container.attrs["NetworkSettings"]
    published = network.get("Ports") or {}
    ports = [int(bound[0]["HostPort"]) for port in (HTTP, PG) if (bound := published.get(f"{port}/tcp"))]
    found = [("127.0.0.1", ports[0], ports[1])] if len(ports) == 2 else []
    inner = [one["IPAddress"] for one in (network.get("Networks") or {}).values() if one.get("IPAddress")]
    return [*found, *((address, HTTP, PG) for address in inner)]


def _ask_version(host: str, port: int) -> str:
    """What `select build()` says; empty when nobody answers yet."""
    connection = http.client.HTTPConnection(host, port, timeout=_ANSWER)  # urllib would ask a proxy for our loopback
    try:
        connection.request("GET", f"/exec?{urlencode({'query': 'select build()'})}")
        return _version(str(json.loads(connection.getresponse().read())["dataset"][0][0]))
    except (http.client.HTTPException, OSError, ValueError, KeyError, IndexError):
        return ""
    finally:
        connection.close()


def _version(build: str) -> str:
    """`9.3.4` from `Build Information: QuestDB 9.3.4, JDK 25.0.2, Commit Hash ...`."""
    _, _, rest = build.partition("QuestDB ")
    return rest.split(",")[0].strip() or build


def _origin(labels: dict[str, str], settings: ServicesSettings) -> str:
    if is_standin(labels):
        return f"local stand-in image, jar {jar.VERSION} on Java {labels.get(f'{LABEL}.java', 'unknown')}"
    return f"image {settings.questdb_image}"


def _last_lines(container: Any) -> str:
    text = container.logs(tail=_LOG_LINES).decode(errors="replace").strip()
    return f"; its last lines:\n{text}\n" if text else "; it wrote no line."
