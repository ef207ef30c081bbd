"""`[tool.tradeops.adr]`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AdrSettings:
    """Where architecture decision records live.

    Attributes:
        path: Their folder, with `README.md` as index and `template.md`.
        architecture: Id of the record with the import claims.
        storage: Id of the record with the database claims.
        risk: Id of the record with the risk limits.
    """

    path: str = "docs/adr"
    architecture: str = "ADR-001"
    storage: str = "ADR-002"
    risk: str = "ADR-003"
