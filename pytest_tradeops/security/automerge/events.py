"""Pull requests that a workflow meets, and what GitHub and `dependabot/fetch-metadata` say of each.

Source of the latter: `src/dependabot/output.ts` and `verified_commits.ts` of dependabot/fetch-metadata v3.1.0, commit
25dd0e34f4fe68f24cc83900b1fe3fe149efef98: the type of a group is its highest; an author who is not Dependabot fails the
step unless `skip-verification` is set.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from . import BOT, BY_HAND, PATCH

REPOSITORY = "octo-org/bot"
URL = f"https://github.com/{REPOSITORY}/pull/7"
#: What stands for the token that GitHub makes for a run, and for any other one.
OWN_TOKEN, OTHER_TOKEN = "tradeops-own", "tradeops-other"
#: Variables in which `gh` looks for it.
TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
_ALWAYS_BY_HAND = ("nautilus_trader", "nautilus-trader")
#: How manifests and locks name a package: `name = "ccxt"`, `"ccxt>=4"`, `ccxt==4`, `"ccxt": "4"`.
_NAME = re.compile(
    r"""\bname\s*=\s*["']([A-Za-z][\w.-]{1,60})["']"""
    r"""|["']([A-Za-z][\w.-]{1,60})(?:\[[\w,\s-]{0,60}\])?\s*(?:[=<>~!;@]|["']\s*:)"""
    r"""|^\s*([A-Za-z][\w.-]{1,60})(?:\[[\w,\s-]{0,60}\])?\s*[=<>~!;@]""",
    re.MULTILINE,
)

MINOR, MAJOR = (f"version-update:semver-{one}" for one in ("minor", "major"))
_VERSIONS = {PATCH: "2.0.4", MINOR: "2.1.0", MAJOR: "3.0.0"}

type Kind = Literal["patch", "group", "other", "by hand", "impostor"]


@dataclass(frozen=True, slots=True)
class Event:
    """One pull request that is opened.

    Attributes:
        kind: `patch` must be merged, and `group` (of patches) may be; nothing else.
        shown: For messages, such as `a minor update of requests`.
        names: Packages that are updated.
        update: The highest update of them, as fetch-metadata says it; empty where it cannot tell.
        author: Who opened it; `actor` who acted last.
        fork: Whether its branch is in somebody else's repository.
    """

    kind: Kind
    shown: str
    names: tuple[str, ...] = ("requests",)
    update: str = PATCH
    author: str = BOT
    actor: str = BOT
    fork: bool = False

    @property
    def version(self) -> str:
        """The new version of its first package, from 2.0.3."""
        return _VERSIONS.get(self.update, "4f2a1c9")

    @property
    def metadata(self) -> dict[str, str]:
        """The outputs of fetch-metadata."""
        return {
            "dependency-names": ", ".join(self.names),
            "dependency-type": "direct:production",
            "update-type": self.update,
            "directory": "/",
            "package-ecosystem": "pip",
            "target-branch": "main",
            "previous-version": "2.0.3",
            "new-version": self.version,
            "dependency-group": "python" if len(self.names) > 1 else "",
            "maintainer-changes": "false",
            "alert-state": "",
            "ghsa-id": "",
            "cvss": "0",
            "compatibility-score": "0",
        }

    def payload(self, branch: str) -> dict[str, Any]:
        """The event as GitHub sends it, as far as it is the same for every pull request like this."""
        bot = self.author == BOT
        one = len(self.names) == 1
        head = f"dependabot/pip/{f'{self.names[0]}-{self.version}' if one else 'python-0123456789'}"
        title = f"Bump {self.names[0]} from 2.0.3 to {self.version}"
        repository = {
            "full_name": REPOSITORY,
            "name": "bot",
            "fork": False,
            "default_branch": branch,
            "owner": {"login": "octo-org"},
        }
        other = {"full_name": f"{self.author}/bot", "fork": True, "owner": {"login": self.author}}
        return {
            "action": "opened",
            "number": 7,
            "repository": repository,
            "sender": {"login": self.actor, "type": "Bot" if self.actor == BOT else "User"},
            "pull_request": {
                "number": 7,
                "html_url": URL,
                "title": title if one else f"Bump the python group with {len(self.names)} updates",
                "state": "open",
                "draft": False,
                "merged": False,
                "user": {"login": self.author, "type": "Bot" if bot else "User", "id": 49699333 if bot else 7},
                "head": {"ref": head, "sha": "0" * 40, "repo": other if self.fork else repository},
                "base": {"ref": branch, "repo": repository},
            },
        }

    def known(self, event: str, branch: str) -> dict[str, Any]:
        """What is known of `github`, as dotted names."""
        payload = self.payload(branch)
        return {
            **_dotted(payload, "github.event"),
            "github.event_name": event,
            "github.actor": self.actor,
            "github.triggering_actor": self.actor,
            "github.repository": REPOSITORY,
            "github.repository_owner": "octo-org",
            "github.base_ref": branch,
            "github.head_ref": payload["pull_request"]["head"]["ref"],
            "github.ref": "refs/pull/7/merge" if event == "pull_request" else f"refs/heads/{branch}",
            "github.server_url": "https://github.com",
            "github.token": OWN_TOKEN,
            "secrets.github_token": OWN_TOKEN,
            "secrets.*": OTHER_TOKEN,
        }


def events(named: Iterable[str]) -> list[Event]:
    """Every kind of pull request.

    Args:
        named: Packages of the subject whose updates are read by a person, beside NautilusTrader itself.
    """
    found = [
        Event("patch", "a patch of requests"),
        Event("group", "a group of patches", ("requests", "urllib3")),
        Event("other", "a minor update of requests", update=MINOR),
        Event("other", "a major update of requests", update=MAJOR),
        Event("other", "a group with a minor update in it", ("requests", "urllib3"), MINOR),
        Event("other", "a group with a major update in it", ("requests", "urllib3"), MAJOR),
        Event("other", "an update whose kind Dependabot does not know", update=""),
    ]
    for name in sorted({*_ALWAYS_BY_HAND, *named}):
        found.append(Event("by hand", f"a patch of {name}", (name,)))
    found.append(Event("by hand", "a group of patches with nautilus_trader in it", ("requests", "nautilus_trader")))
    person = {"author": "mallory", "actor": "mallory"}
    found += [
        Event("impostor", "a person's pull request that looks like a patch of Dependabot's", **person),  # type: ignore[arg-type]
        Event("impostor", "a person's pull request on which Dependabot acted last", author="mallory"),
        Event("impostor", "a pull request from a fork on which Dependabot acted last", author="mallory", fork=True),
        Event(
            "impostor",
            "a pull request of somebody called dependabot-bot",
            author="dependabot-bot",
            actor="dependabot-bot",
            fork=True,
        ),
    ]
    return found


def by_hand(texts: Iterable[str]) -> set[str]:
    """Packages that manifests name and that hold one of `BY_HAND` in their names; at most twenty."""
    named = {name.lower() for text in texts for found in _NAME.findall(text) for name in found if name}
    return set(sorted(name for name in named if any(word in name for word in BY_HAND))[:20])


def _dotted(value: Mapping[str, Any], above: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, one in value.items():
        found |= _dotted(one, f"{above}.{name}") if isinstance(one, dict) else {f"{above}.{name}": one}
    return found
