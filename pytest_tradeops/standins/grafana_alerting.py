"""The alerting half of Grafana's stand-in: rules as they are stored, contact points, the tree of policies."""

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..loopback.server import Refused, Request, Response

type Listed = list[tuple[str, str, Callable[..., Response]]]

_API = "/api/v1/provisioning"
_CONFIG = "/api/alertmanager/grafana/config/api/v1"
#: What a rule must have, and what of it is stored; the rest is dropped without a word, as by 9.4.
_REQUIRED = ("title", "folderUID", "ruleGroup", "condition", "data", "noDataState", "execErrState")
_STORED = (*_REQUIRED, "uid", "orgID", "for", "annotations", "labels")
_STATES = {"noDataState": ("OK", "NoData", "Alerting"), "execErrState": ("OK", "Error", "Alerting")}
_EXPRESSIONS = ("__expr__", "-100")
#: Settings that a receiver cannot be without.
_SETTINGS = {"discord": ("url",), "telegram": ("bottoken", "chatid"), "webhook": ("url",), "email": ("addresses",)}
_SECURE = ("bottoken",)
_DURATION = re.compile(r"(\d+(ms|[smhdwy]))+|0")
_UNTOUCHED = {"name": "grafana-default-email", "type": "email", "settings": {"addresses": "<example@email.com>"}}


class Rules:
    """Alert rules as stored; nothing evaluates them.

    Attributes:
        stored: Uid to rule, in the API's shape.
    """

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Any]] = {}
        self.intervals: dict[str, int] = {}

    def routes(self, folders: Mapping[str, str]) -> Listed:
        return [
            ("POST", f"{_API}/alert-rules", lambda request: self._add(request, folders)),
            ("PUT", f"{_API}/alert-rules/{{uid}}", lambda request, uid: self._change(request, folders, uid)),
            ("GET", f"{_API}/alert-rules/{{uid}}", self._get),
            ("PUT", f"{_API}/folder/{{folder}}/rule-groups/{{group}}", self._interval),
        ]

    def in_folder(self, folder: str) -> list[str]:
        return [uid for uid, one in self.stored.items() if one["folderUID"] == folder]

    def drop(self, folder: str) -> None:
        for uid in self.in_folder(folder):
            del self.stored[uid]

    def states(self, folders: Mapping[str, str]) -> dict[str, Any]:
        """As the server lists them before their first evaluation."""
        groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for one in self.stored.values():
            shown = {
                "state": "inactive",
                "name": one["title"],
                "health": "unknown",
                "lastEvaluation": "0001-01-01T00:00:00Z",
                "type": "alerting",
            }
            groups.setdefault((folders[one["folderUID"]], one["ruleGroup"]), []).append(shown)
        listed = [{"name": group, "file": folder, "rules": rules} for (folder, group), rules in groups.items()]
        return {"status": "success", "data": {"groups": listed}}

    def _add(self, request: Request, folders: Mapping[str, str]) -> Response:
        rule = self._checked(request, folders)
        if rule["uid"] in self.stored:
            return _failed(500, "conflicting alert rule found: rule UID must be unique")
        self.stored[rule["uid"]] = rule
        return Response.json(rule, 201)

    def _change(self, request: Request, folders: Mapping[str, str], uid: str) -> Response:
        if uid not in self.stored:
            return _failed(404, "")
        self.stored[uid] = {**self._checked(request, folders), "uid": uid}
        return Response.json(self.stored[uid])

    def _get(self, _: Request, uid: str) -> Response:
        return Response.json(self.stored[uid]) if uid in self.stored else Response(404)

    def _interval(self, request: Request, folder: str, group: str) -> Response:
        body = _body(request)
        seconds = body.get("interval")
        if not isinstance(seconds, int) or seconds <= 0 or seconds % 10:
            return _failed(
                400, f"interval ({seconds}s) should be non-zero and divided exactly by scheduler interval: 10s"
            )
        self.intervals[f"{folder}/{group}"] = seconds
        return Response.json(body)

    def _checked(self, request: Request, folders: Mapping[str, str]) -> dict[str, Any]:
        body = _body(request)
        missing = [key for key in _REQUIRED if not body.get(key)]
        if missing:
            raise Refused(_failed(400, f"invalid alert rule: no {missing[0]}"))
        for key, known in _STATES.items():
            if body[key] not in known:
                raise Refused(_failed(400, f"unknown {key} option {body[key]}"))
        if body["folderUID"] not in folders:
            raise Refused(_failed(400, "invalid alert rule: folder does not exist"))
        if body["condition"] not in [one.get("refId") for one in body["data"]]:
            raise Refused(_failed(400, f"invalid alert rule: condition {body['condition']} does not exist"))
        for one in body["data"]:
            span = one.get("relativeTimeRange") or {}
            if one.get("datasourceUid") not in _EXPRESSIONS and not int(span.get("from") or 0) > int(
                span.get("to") or 0
            ):
                text = f"invalid alert query {one.get('refId')}: invalid relative time range: {{From:0s To:0s}}"
                raise Refused(_failed(500, text))
        same = [
            one
            for one in self.stored.values()
            if (one["folderUID"], one["title"]) == (body["folderUID"], body["title"]) and one["uid"] != body.get("uid")
        ]
        if same:
            raise Refused(_failed(500, "a conflicting alert rule is found: rule title under the same organisation"))
        kept = {key: body[key] for key in _STORED if key in body}
        return {"uid": f"made-{len(self.stored)}", **kept, "provenance": "api"}


class Alerting:
    """Contact points and policies.

    Attributes:
        contacts: In the API's shape, with what it would not show.
        tree: The policies.
        provenance: Of the tree: empty for what people may edit, `api`, `file`.
    """

    def __init__(self) -> None:
        self.contacts: list[dict[str, Any]] = [{"uid": "", **copy.deepcopy(_UNTOUCHED)}]
        self.tree: dict[str, Any] = {"receiver": _UNTOUCHED["name"], "group_by": ["grafana_folder", "alertname"]}
        self.provenance = ""

    def state(self) -> dict[str, Any]:
        """What somebody could have changed; not whether the default receiver has been given its uid."""
        contacts = [{**one, "uid": ""} if one["uid"].startswith("given-") else one for one in self.contacts]
        return {"contacts": contacts, "tree": self.tree, "provenance": self.provenance}

    def routes(self) -> Listed:
        return [
            ("GET", f"{_API}/contact-points", lambda _: Response.json([_shown(one) for one in self.contacts])),
            ("POST", f"{_API}/contact-points", self._add_contact),
            ("DELETE", f"{_API}/contact-points/{{uid}}", self._delete_contact),
            ("GET", f"{_API}/policies", lambda _: Response.json(self._tree())),
            ("PUT", f"{_API}/policies", self._put_tree),
            ("GET", f"{_CONFIG}/alerts", lambda _: Response.json(self._config())),
            ("POST", f"{_CONFIG}/alerts", self._put_config),
        ]

    def _add_contact(self, request: Request) -> Response:
        body = _body(request)
        kind, settings = str(body.get("type", "")), body.get("settings")
        if kind not in _SETTINGS or not isinstance(settings, dict):
            return _failed(400, f"invalid object specification: unknown receiver type '{kind}'")
        for key in _SETTINGS[kind]:
            if not isinstance(settings.get(key), str) or not settings[key]:
                return _failed(400, f"invalid object specification: could not find {key} in settings")
        if body.get("uid") in [one["uid"] for one in self.contacts]:
            return _failed(500, f"receiver configuration with UID '{body['uid']}' already exist in contact point")
        made = {"uid": body.get("uid") or f"made-{len(self.contacts)}", **body, "provenance": "api"}
        self.contacts.append(made)
        return Response.json(_shown(made), 202)

    def _delete_contact(self, _: Request, uid: str) -> Response:
        found = next((one for one in self.contacts if one["uid"] == uid and uid), None)
        if found is not None:
            last = len([one for one in self.contacts if one["name"] == found["name"]]) == 1
            if last and found["name"] in _receivers(self.tree):
                return _failed(500, f"contact point '{found['name']}' is currently used by a notification policy")
            self.contacts.remove(found)
        return Response.json({"message": "contactpoint deleted"}, 202)

    def _tree(self) -> dict[str, Any]:
        return {**self.tree, **({"provenance": self.provenance} if self.provenance else {})}

    def _put_tree(self, request: Request) -> Response:
        tree = _body(request)
        self._check_tree(tree)
        self.tree, self.provenance = _without_provenance(tree), "api"  # 9.4 does not know the header
        return Response.json({"message": "policies updated"}, 202)

    def _config(self) -> dict[str, Any]:
        receivers: dict[str, list[dict[str, Any]]] = {}
        for one in self.contacts:
            receivers.setdefault(one["name"], []).append(_shown(one))
        listed = [{"name": name, "grafana_managed_receiver_configs": ones} for name, ones in receivers.items()]
        return {"template_files": {}, "alertmanager_config": {"route": self._tree(), "receivers": listed}}

    def _put_config(self, request: Request) -> Response:
        config = _body(request).get("alertmanager_config")
        if not isinstance(config, dict) or not isinstance(config.get("route"), dict):
            return _failed(400, "bad request data")
        tree = _without_provenance(config["route"])
        if self.provenance and tree != self.tree:
            return _failed(400, "policies were provisioned and cannot be changed through the UI")
        self._check_tree(tree)
        kept = {str(one["uid"]) for each in config["receivers"] for one in each["grafana_managed_receiver_configs"]}
        lost = [one["name"] for one in self.contacts if one["uid"] not in kept and one.get("provenance")]
        if lost:
            return _failed(400, f"cannot delete provisioned contact point '{lost[0]}'")
        self.contacts = [one for one in self.contacts if one["uid"] in kept]
        for number, one in enumerate(self.contacts):
            one["uid"] = one["uid"] or f"given-{number}"  # the first save gives the default receiver a uid
        self.tree = tree
        return Response.json({"message": "configuration created"}, 202)

    def _check_tree(self, tree: Mapping[str, Any]) -> None:
        names = {one["name"] for one in self.contacts}
        for route in _routes(tree):
            if route.get("receiver") not in names:
                raise Refused(
                    _failed(400, f"invalid object specification: receiver '{route.get('receiver')}' does not exist")
                )
            for key in ("group_wait", "group_interval", "repeat_interval"):
                if key in route and not _DURATION.fullmatch(str(route[key])):
                    raise Refused(_failed(400, f'not a valid duration string: "{route[key]}"'))
                if key != "group_wait" and route.get(key) in ("0", "0s"):
                    raise Refused(_failed(400, f"invalid object specification: {key} cannot be zero"))
            for matcher in route.get("object_matchers") or []:
                if len(matcher) != 3 or matcher[1] not in ("=", "!=", "=~", "!~"):
                    raise Refused(_failed(400, f"unsupported match type {json.dumps(matcher)} in matcher"))


def _routes(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield tree
    for one in tree.get("routes") or []:
        yield from _routes({"receiver": tree.get("receiver"), **one})


def _receivers(tree: Mapping[str, Any]) -> set[str]:
    return {str(one.get("receiver")) for one in _routes(tree)}


def _without_provenance(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in tree.items() if key != "provenance"}


def _shown(contact: Mapping[str, Any]) -> dict[str, Any]:
    hidden = {key: "[REDACTED]" for key in _SECURE if key in contact["settings"]}
    return {**contact, "settings": {**contact["settings"], **hidden}, "disableResolveMessage": False}


def _failed(status: int, message: str) -> Response:
    return Response.json({"message": message}, status)


def _body(request: Request) -> dict[str, Any]:
    try:
        found = request.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(_failed(400, "bad request data"))
    return found
