"""What differs between versions of Grafana."""

import re

from .api import Grafana, GrafanaError

#: The bundled PostgreSQL data source: its plugin id before and since it became a plugin of its own.
FORMER, PRESENT = "postgres", "grafana-postgresql-datasource"
#: From here on the present id is the plugin's own, and the former one only an alias of it.
_SINCE = (10, 3)


def datasource_type(api: Grafana, version: str) -> str:
    """The type of the PostgreSQL data source: as the server lists it, or by its version where that list is refused."""
    try:
        known = {str(one["id"]) for one in api.call("GET", "/api/plugins?type=datasource")}
    except GrafanaError as error:
        if error.kind not in ("unauthorized", "missing"):
            raise
        known = set()
    for one in (PRESENT, FORMER):
        if one in known:
            return one
    return PRESENT if numbers(version) >= _SINCE else FORMER


def numbers(version: str) -> tuple[int, int]:
    """Major and minor of `9.4.0-pre`; zeros where there are none."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)
