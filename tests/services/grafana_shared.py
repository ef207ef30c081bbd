"""What tests on a Grafana share."""

from typing import Any

from pytest_tradeops.services.grafana import policies
from pytest_tradeops.services.grafana.api import Grafana


def everything(api: Grafana, *runs: str) -> dict[str, Any]:
    """What a run could have changed, as the server shows it, without what runs other than these have there now.

    The first save ever gives the default receiver a uid.
    """

    def others(uid: str) -> bool:
        return uid.startswith("tradeops-") and not uid.startswith(runs or ("none",))

    tree = policies.read(api)
    for run in filter(others, policies.runs(tree.route)):
        tree = policies.Tree(policies.without(tree.route, run), tree.provenance)
    contacts = api.call("GET", "/api/v1/provisioning/contact-points")
    return {
        "folders": [one for one in api.call("GET", "/api/folders?limit=1000") if not others(one["uid"])],
        "contacts": [
            one | ({"uid": ""} if one["type"] == "email" else {}) for one in contacts if not others(one["uid"])
        ],
        "tree": tree.route,
        "provenance": tree.provenance,
    }
