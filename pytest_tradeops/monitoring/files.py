"""Every file that a subject's monitoring is provisioned from, as text."""

from collections.abc import Mapping

from . import provisioning
from .contacts.points import contact_points_yaml
from .contacts.policies import policies_yaml
from .dashboards import DASHBOARDS, to_json
from .rules.builtin import rules_yaml


def generated(*, grafana: str = "") -> Mapping[str, str]:
    """Path relative to the monitoring folder, to text.

    Args:
        grafana: Version of the Grafana that reads them; empty: what every version reads.
    """
    return {
        **{f"dashboards/{one.uid}.json": to_json(one, grafana=grafana) for one in DASHBOARDS},
        "provisioning/datasources/questdb.yaml": provisioning.datasource(grafana=grafana),
        "provisioning/dashboards/tradeops.yaml": provisioning.provider(),
        "provisioning/alerting/rules.yaml": rules_yaml(grafana=grafana),
        "provisioning/alerting/contact-points.yaml": contact_points_yaml(),
        "provisioning/alerting/policies.yaml": policies_yaml(),
    }
