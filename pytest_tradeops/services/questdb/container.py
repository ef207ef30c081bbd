"""QuestDB in a container of a Docker engine on this machine: the vendor's image, or a local stand-in for it."""

import importlib.util
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...exceptions import NoImage, NotReady, ServiceUnavailable
from ...model import Grade, ServiceHandle
from ...questdb_sql import QuestDb, QuestDbError
from .. import images, owned
from ..engine import Engine, connect, engine_reason, probe, sdk_environment, usable
from ..keeper import Keeper, last_lines
from ..provider import Running
from ..settings import ServicesSettings
from ..standin_image import LABEL, ensure_standin, is_standin, recipe_for
from . import jar, pgwire, template
from .version import version_of

if TYPE_CHECKING:
    import docker  # type: ignore[import-untyped]

#: Where the server listens inside its container.
PORTS = {"http": 9000, "pg": 8812, "min": 9003}
#: The tables' folder, held in memory: tables come and go with every test, and none of them outlives the container.
_DATA = "/var/lib/questdb/db"
_POLL = 0.1
#: Seconds; what a container answers comes from this machine.
_ANSWER = 1.0
#: Seconds for each single answer of the engine: under load, making a container takes its time.
_ENGINE_ANSWER = 60.0
#: The image may hold another version, which may not know every key: there, an unknown one must not stop the server.
_NOT_HERE = ("config.validation.strict",)


class ContainerProvider:
    """The vendor's image: grade `container`; a local stand-in: grade `embedded`."""

    name = "container"

    def available(self, settings: ServicesSettings) -> str:  # noqa: ARG002 - every provider is asked alike
        """Empty when an engine can be used; whether it has the image shows at the start."""
        return _lacking() or engine_reason()

    def grade(self, settings: ServicesSettings) -> Grade:
        """`container` only if the vendor's image is here already: whether it could be pulled shows at the start."""
        try:
            client = connect(probe().address, timeout=_ENGINE_ANSWER)
        except ServiceUnavailable:
            return Grade.EMBEDDED
        try:
            image = images.present(client, settings.questdb_image)
            return Grade.EMBEDDED if image is None or is_standin(image.labels) else Grade.CONTAINER
        finally:
            client.close()

    def start(self, settings: ServicesSettings) -> Running:
        return launch(settings)


def launch(settings: ServicesSettings, *, extra: Mapping[str, str] | None = None) -> Running:
    """Starts a container and waits until it answers on all its ports.

    Args:
        extra: Server settings beyond the usual ones, such as `{"dev.mode.enabled": "true"}`.

    Raises:
        NoEngine: no engine answers.
        EngineUnusable: something answers as an engine, but is of no use.
        NoImage: the image is neither present nor pullable, and no stand-in can be built.
        NotReady: the container ended, or did not answer within `settings.start_timeout`.
    """
    if lacking := _lacking():
        raise ServiceUnavailable(lacking)
    engine = probe()
    with usable(engine.address):
        client = connect(engine.address, timeout=_ENGINE_ANSWER)
        try:
            owned.sweep(client)
            server = _Server(client, engine, _image(client, engine, settings), settings)
        except BaseException:
            client.close()
            raise
        try:
            return Running(server.start(extra or {}), server.stop)
        except BaseException:
            server.stop()
            raise


def _lacking() -> str:
    if importlib.util.find_spec("testcontainers") is None:
        return "testcontainers is not installed. Run `pip install 'pytest-tradeops[services]'`."
    return ""


def _image(client: "docker.DockerClient", engine: Engine, settings: ServicesSettings) -> str:
    """The id of the configured image, or of a stand-in."""
    from testcontainers.core.config import testcontainers_config

    name = testcontainers_config.hub_image_name_prefix + settings.questdb_image
    if (found := images.present(client, name)) is not None:
        return str(found.id)
    try:
        images.pull(engine.address, name)
        return str(client.images.get(name).id)
    except NoImage as absent:
        try:
            standin = ensure_standin(client, recipe_for(jar.get(settings.questdb_jar).path))
        except ServiceUnavailable as error:
            raise NoImage(f"{absent.message} Nor is there a stand-in: {error.message}", remedy=absent.remedy) from None
        images.say_once(f"{absent.message} A local stand-in takes its place, which counts as embedded.")
        return standin


class _Server:
    """One container and the supervisor that removes it."""

    def __init__(self, client: "docker.DockerClient", engine: Engine, image: str, settings: ServicesSettings) -> None:
        self._client = client
        self._engine = engine
        self._image = image
        self._settings = settings
        self._password, self._reader = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
        self._keeper = Keeper("questdb", client, engine)

    def start(self, extra: Mapping[str, str]) -> ServiceHandle:
        settings = self._settings
        deadline = time.monotonic() + settings.start_timeout
        found = self._create(extra)
        self._keeper.made(found)
        version, endpoints = self._await(found, deadline)
        # The container's labels hold its image's: what runs is judged, not what a name stood for.
        standin = is_standin(found.labels)
        handle = ServiceHandle(
            name="questdb",
            provider=ContainerProvider.name,
            grade=Grade.EMBEDDED if standin else Grade.CONTAINER,
            version=version,
            endpoints=endpoints,
            origin=f"stand-in image, jar {version} on Java {found.labels.get(f'{LABEL}.java', '?').split('.')[0]}"
            if standin
            else f"image {settings.questdb_image}",
        )
        self._keeper.serves(handle)
        return handle

    def stop(self) -> None:
        self._keeper.stop()

    def _create(self, extra: Mapping[str, str]) -> Any:
        import docker.errors  # type: ignore[import-untyped]
        from testcontainers.core.config import testcontainers_config
        from testcontainers.core.container import DockerContainer

        # Our supervisor reaps, without an image of its own, and also where Ryuk's cannot be pulled.
        testcontainers_config.ryuk_disabled = True
        access = {"environment": sdk_environment(self._engine.address), "timeout": _ENGINE_ANSWER}
        container = DockerContainer("", access)
        container.image = self._image  # by id: a name could be given to another image between the look-up and the start
        container.with_envs(**_environment(self._password, self._reader, extra))
        # Its own method publishes on every interface; the SDK below takes an address, though the annotation does not.
        container.ports.update({f"{port}/tcp": ("127.0.0.1", None) for port in PORTS.values()})  # type: ignore[misc]
        container.with_kwargs(labels=self._keeper.labels).with_tmpfs_mount(_DATA, "mode=1777")
        try:
            container.start()
        except docker.errors.APIError as error:
            said = str(error.explanation or error).rstrip(".")
            raise NotReady(
                f"The engine could not start a container of {self._settings.questdb_image}: {said}.",
                remedy="See the engine's own log.",
            ) from None
        finally:
            container.get_docker_client().client.close()
        return self._client.containers.get(container.get_container_id())

    def _await(self, container: Any, deadline: float) -> tuple[str, dict[str, str]]:
        """The server's version and endpoints, as soon as it answers; a dead container is noticed at the next poll."""
        while True:
            state = container.attrs["State"]
            if state["Status"] in ("exited", "dead"):
                memory = ", out of memory" if state.get("OOMKilled") else ""
                raise NotReady(
                    f"The container of {self._settings.questdb_image} ended during its start with exit code "
                    f"{state['ExitCode']}{memory}{last_lines(container)}",
                    remedy=f"Try it by hand: `docker run --rm {self._settings.questdb_image}`.",
                )
            addresses = _addresses(container)
            for address in addresses:
                if version := self._ask(address):
                    # Loopback may have begun to answer since it was asked; it is the one to use where there is one.
                    return version, self._endpoints(addresses[0] if self._ask(addresses[0]) else address)
            if time.monotonic() > deadline:
                raise NotReady(
                    f"The container of {self._settings.questdb_image} runs but did not answer within "
                    f"{self._settings.start_timeout:g} s{last_lines(container)}",
                    remedy="Raise start_timeout in [tool.tradeops.services] if this machine is slow.",
                )
            time.sleep(_POLL)
            container.reload()

    def _ask(self, address: "_Address") -> str:
        """The server's version; empty as long as one of its ports does not answer."""
        try:
            with QuestDb(f"http://{address.host}:{address.ports['http']}", timeout=_ANSWER) as database:
                build = str(database.sql("select build").scalar())
            pgwire.handshake(address.host, address.ports["pg"], template.USER, self._password, timeout=_ANSWER)
        except (QuestDbError, OSError, pgwire.HandshakeError):
            return ""
        return version_of(build)

    def _endpoints(self, address: "_Address") -> dict[str, str]:
        host, ports = address.host, address.ports
        return {
            "http": f"http://{host}:{ports['http']}",
            "pg": f"postgresql://{template.USER}:{self._password}@{host}:{ports['pg']}/qdb",
            "pg_readonly": f"postgresql://{template.READER}:{self._reader}@{host}:{ports['pg']}/qdb",
            "min": f"http://{host}:{ports['min']}",
        }


@dataclass(frozen=True, slots=True)
class _Address:
    host: str
    ports: Mapping[str, int]


def _addresses(container: Any) -> list[_Address]:
    """Where to ask: at the ports published on loopback, else on the engine's own network.

    The second is for a run that is itself in a container and shares the host's engine: that loopback is not its own.
    """
    network = container.attrs["NetworkSettings"]
    published = network.get("Ports") or {}
    bound = {name: published.get(f"{port}/tcp") for name, port in PORTS.items()}
    found = [_Address("127.0.0.1", {name: int(one[0]["HostPort"]) for name, one in bound.items() if one})]
    inner = [one["IPAddress"] for one in (network.get("Networks") or {}).values() if one.get("IPAddress")]
    return [one for one in (*found, *(_Address(host, PORTS) for host in inner)) if len(one.ports) == len(PORTS)]


def _environment(password: str, reader: str, extra: Mapping[str, str]) -> dict[str, str]:
    settings = {
        **{key: value for key, value in template.SETTINGS.items() if key not in _NOT_HERE},
        "pg.user": template.USER,
        "pg.password": password,
        **template.reader(reader),
        **extra,
    }
    # A line per statement, through the engine's log driver, costs more than many statements do.
    quiet = {"log.w.stdout.level": "ADVISORY,CRITICAL,ERROR"}
    return {f"QDB_{key.upper().replace('.', '_')}": value for key, value in (settings | quiet).items()}
