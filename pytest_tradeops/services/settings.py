"""`[tool.tradeops.services]`."""

from dataclasses import dataclass, field

PROVIDERS = ("remote", "container", "process")


@dataclass(frozen=True, slots=True)
class ServicesSettings:
    """Where services come from.

    Attributes:
        providers: In the order they are tried.
        questdb_url: Of a server that is already there; its HTTP address.
        questdb_pg_dsn: The same server's PostgreSQL wire address.
        questdb_token: Bearer token for its HTTP side.
        questdb_grade: What evidence from it counts as: `container`, `testnet` or `real`.
        questdb_image: For the container provider.
        questdb_jar: Path of a server jar for the process provider, in place of the resolved one.
        grafana_url: Of a server that is already there.
        grafana_token: Of a service account there; else `grafana_user` and `grafana_password`.
        grafana_grade: What evidence from it counts as: `container`, `testnet` or `real`.
        grafana_image: For the container provider.
        grafana_allow_shared: Add a route of our own, while a run lasts, to the notification policies of a configured
            server that has contact points of others.
        grafana_questdb_dsn: Where Grafana reaches QuestDB, if that is elsewhere than it is seen from here.
        start_timeout: Seconds until a service must answer.
    """

    providers: tuple[str, ...] = field(default=PROVIDERS, metadata={"env": "TRADEOPS_PROVIDERS", "choices": PROVIDERS})
    questdb_url: str = field(default="", metadata={"env": "TRADEOPS_QUESTDB_URL", "secret": True})
    questdb_pg_dsn: str = field(default="", metadata={"env": "TRADEOPS_QUESTDB_PG_DSN", "secret": True})
    questdb_token: str = field(default="", metadata={"env": "TRADEOPS_QUESTDB_TOKEN", "secret": True})
    questdb_grade: str = field(
        default="container",
        metadata={"env": "TRADEOPS_QUESTDB_GRADE", "choices": ("container", "testnet", "real")},
    )
    questdb_image: str = field(default="questdb/questdb:9.3.4", metadata={"env": "TRADEOPS_QUESTDB_IMAGE"})
    questdb_jar: str = field(default="", metadata={"env": "TRADEOPS_QUESTDB_JAR"})
    grafana_url: str = field(default="", metadata={"env": "TRADEOPS_GRAFANA_URL", "secret": True})
    grafana_token: str = field(default="", metadata={"env": "TRADEOPS_GRAFANA_TOKEN", "secret": True})
    grafana_user: str = field(default="", metadata={"env": "TRADEOPS_GRAFANA_USER", "secret": True})
    grafana_password: str = field(default="", metadata={"env": "TRADEOPS_GRAFANA_PASSWORD", "secret": True})
    grafana_grade: str = field(
        default="container",
        metadata={"env": "TRADEOPS_GRAFANA_GRADE", "choices": ("container", "testnet", "real")},
    )
    grafana_image: str = field(default="grafana/grafana:9.4.7", metadata={"env": "TRADEOPS_GRAFANA_IMAGE"})
    grafana_allow_shared: bool = field(default=False, metadata={"env": "TRADEOPS_GRAFANA_ALLOW_SHARED"})
    grafana_questdb_dsn: str = field(default="", metadata={"env": "TRADEOPS_GRAFANA_QUESTDB_DSN", "secret": True})
    start_timeout: float = field(default=60.0, metadata={"duration": True})
