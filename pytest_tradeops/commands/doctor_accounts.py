"""Whether GitHub and Sentry take the tokens that the environment holds: one question each."""

import os
from collections.abc import Callable

from ..exceptions import TradeopsError
from ..gitrepo import GitRepo
from .context import Context
from .doctor_remote import DEADLINE, within


def asked(context: Context) -> dict[str, dict[str, str]]:
    """`github` and `sentry`, each where there is a token for it: `answer`, else `why_not` with what to do."""
    found = {}
    for name, question in (("github", _github), ("sentry", _sentry)):
        if ask := question(context):
            found[name] = _answer(ask)
    return found


def _answer(ask: Callable[[], str]) -> dict[str, str]:
    try:
        return {"answer": within(DEADLINE, ask), "why_not": ""}
    except TimeoutError:
        return {
            "answer": "",
            "why_not": f"There is no answer within {DEADLINE:g} s. Look at the network, or try again.",
        }
    except TradeopsError as error:
        return {"answer": "", "why_not": str(error)}


def _github(context: Context) -> Callable[[], str] | None:
    from ..security.github import asking

    if not asking.token(os.environ):
        return None

    def ask() -> str:
        one = asking.connect_real(context.settings.security, GitRepo(context.root), os.environ)
        one.repository()
        return f"the token reads {one.name} at {one.client.api.host}"

    return ask


def _sentry(context: Context) -> Callable[[], str] | None:
    from ..security.sentry import dsn, lookup

    configured = context.settings.sentry
    parsed = dsn.parse(os.environ.get(lookup.DSN, ""))
    if not configured.token or lookup.lacking(configured, parsed):
        return None  # which variable is lacking is said with the checks

    def ask() -> str:
        api = lookup.connect(configured, parsed, timeout=DEADLINE)
        return f"the token reads the project {api.project().slug} at {api.rest.host}"

    return ask
