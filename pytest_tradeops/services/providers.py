"""Which provider classes exist for which service. They are imported when they are asked for, not before."""

import importlib

from ..exceptions import ServiceUnavailable
from .provider import Provider
from .settings import PROVIDERS

_CLASSES = {
    ("questdb", "remote"): "pytest_tradeops.services.questdb.remote:RemoteProvider",
    ("questdb", "container"): "pytest_tradeops.services.questdb.container:ContainerProvider",
    ("questdb", "process"): "pytest_tradeops.services.questdb.process:ProcessProvider",
    ("grafana", "remote"): "pytest_tradeops.services.grafana.remote:RemoteProvider",
    ("grafana", "container"): "pytest_tradeops.services.grafana.container:ContainerProvider",
}

SERVICES = tuple(sorted({service for service, _ in _CLASSES}))


def offered(service: str) -> tuple[str, ...]:
    """The providers that a service has, in the order in which they are tried by default."""
    return tuple(kind for kind in PROVIDERS if (service, kind) in _CLASSES)


def provider(service: str, name: str) -> Provider:
    """The provider `name` of a service.

    Raises:
        ServiceUnavailable: no such service or provider.
    """
    path = _CLASSES.get((service, name))
    if path is None:
        known = f"Services: {', '.join(SERVICES)}; providers: {', '.join(offered(service) or PROVIDERS)}."
        raise ServiceUnavailable(f"No provider {name!r} for the service {service!r}.", remedy=known)
    module, _, attribute = path.partition(":")
    found: Provider = getattr(importlib.import_module(module), attribute)()
    return found
