"""How a check reaches a service, whoever provides it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .grade import Grade


@dataclass(frozen=True, slots=True)
class ServiceHandle:
    """One running service. Everything above the providers is blind to which one made it.

    Attributes:
        name: `questdb`, `grafana`.
        provider: `remote`, `container` or `process`; `standin` for a planted fault where the service cannot be had.
        grade: What evidence taken from it counts as.
        version: As the server itself says.
        endpoints: Name to address, such as `{"http": "http://127.0.0.1:9000", "pg": "postgresql://..."}`. These may
            hold credentials, and ports differ per run: never put them into evidence.
        origin: How it was had, one phrase: `jar 9.3.4 on Java 25`, `image questdb/questdb:9.3.4`.
    """

    name: str
    provider: str
    grade: Grade
    version: str
    endpoints: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
