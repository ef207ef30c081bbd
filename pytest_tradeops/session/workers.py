"""What the controller hands to xdist's workers before they start."""

from typing import TYPE_CHECKING, Any

import pytest

from ..exceptions import TradeopsError
from .keys import SERVICES, is_worker, state_of

if TYPE_CHECKING:
    from ..services.broker import Start

_SELECTED, _LISTED, _BROKER = "tradeops_selected", "tradeops_listed", "tradeops_broker"


class WorkerSetup:
    """Registered on the controller: `workerinput` is sent once, when a worker starts."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        state = state_of(node.config)
        node.workerinput[_SELECTED] = list(state.selected)
        node.workerinput[_LISTED] = sorted(state.listed)
        try:
            broker = services(node.config)
            broker.offer(_venue_of(node.gateway.id), _venue(node.config))
            node.workerinput[_BROKER] = broker.listen()
        except TradeopsError:
            # Broken settings are no business of an ordinary run; a test that wants a service meets them itself.
            node.workerinput[_BROKER] = ""


def selected_by_controller(config: pytest.Config) -> tuple[str, ...]:
    """The `tradeops/...` node ids that the controller took out of the arguments."""
    return tuple(getattr(config, "workerinput", {}).get(_SELECTED, ()))


def listed_by_controller(config: pytest.Config) -> frozenset[str]:
    """The ids of the checks that the controller's profile lists; none on the controller itself."""
    return frozenset(getattr(config, "workerinput", {}).get(_LISTED, ()))


def services(config: pytest.Config) -> Any:
    """Where this process gets services: the run's broker, or a client of it. Made at the first call."""
    if SERVICES not in config.stash:
        from ..services.broker import Broker, BrokerClient

        settings = state_of(config).settings.services
        if is_worker(config):
            config.stash[SERVICES] = BrokerClient(config.workerinput[_BROKER])  # type: ignore[attr-defined]
        else:

            def custom(name: str) -> Any:
                return config.hook.pytest_tradeops_service(name=name, config=config)

            broker = config.stash[SERVICES] = Broker(settings, custom=custom)
            broker.offer("nodes", _nodes(config))
            broker.offer(_venue_of(""), _venue(config))
    return config.stash[SERVICES]


def venue_service(config: pytest.Config) -> str:
    """The name of this process's venue at the broker.

    One for each process that runs tests: faults and prices are the whole venue's, and no other test may meet them.
    """
    return _venue_of(getattr(config, "workerinput", {}).get("workerid", ""))


def _venue_of(worker: str) -> str:
    return f"venue {worker}".strip()


def _nodes(config: pytest.Config) -> "Start":
    def start() -> Any:
        from ..node.server import offering

        return offering(state_of(config).subject.python)()

    return start


def _venue(config: pytest.Config) -> "Start":
    def start() -> Any:
        from ..venue.view import offering

        return offering(state_of(config).settings.venue.seed)()

    return start


def close_services(config: pytest.Config) -> None:
    """Stops what this process started."""
    if SERVICES in config.stash and not is_worker(config):
        config.stash[SERVICES].close()  # type: ignore[attr-defined]
