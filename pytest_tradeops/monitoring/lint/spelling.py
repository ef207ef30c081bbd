"""Which key of Grafana's files a wrong one was meant to be."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from .material import text

#: What Grafana documents elsewhere, to the spelling that its files want.
_SPELLED = {
    "executionErrorState": "execErrState",
    "exec_err_state": "execErrState",
    "executionErrState": "execErrState",
    "no_data_state": "noDataState",
    "keep_firing_for": "keepFiringFor",
    "missingSeriesEvalsToResolve": "missing_series_evals_to_resolve",
    "is_paused": "isPaused",
    "paused": "isPaused",
    "notificationSettings": "notification_settings",
    "groupBy": "group_by",
    "groupWait": "group_wait",
    "groupInterval": "group_interval",
    "repeatInterval": "repeat_interval",
    "contact_points": "contactPoints",
    "contactpoints": "contactPoints",
    "mute_times": "muteTimes",
    "disable_resolve_message": "disableResolveMessage",
    "datasource_uid": "datasourceUid",
    "datasourceUID": "datasourceUid",
    "datasource": "datasourceUid",
    "relative_time_range": "relativeTimeRange",
    "ref_id": "refId",
    "refID": "refId",
    "relativeTimerange": "relativeTimeRange",
}
#: Lists at the top of a provisioning file.
_LISTS = ("groups", "contactPoints", "policies", "datasources", "providers", "muteTimes", "templates")


def meant(name: str, known: Iterable[str]) -> str:
    """The known key that comes nearest; empty if none does."""
    known = set(known)
    spelled = _SPELLED.get(name, "")
    if spelled in known:
        return spelled
    folded = {_folded(one): one for one in known}
    found = difflib.get_close_matches(_folded(name), folded, n=1, cutoff=0.75)
    return folded[found[0]] if found else ""


def misspelt(value: Mapping[str, Any]) -> bool:
    """Whether a key at the top of a file was meant to be one of Grafana's lists."""
    return any(isinstance(one, list) and meant(text(name), _LISTS) for name, one in value.items())


def _folded(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
