"""Tries one account: it is read, and a small order is placed far from the market, seen resting, and cancelled."""

import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...exceptions import Inconclusive
from ...model import Finding
from .account import Account
from .exchange import Exchange, Refusal, Status
from .sizing import Terms

#: Seconds until an order must stand where the exchange said that it does: Bybit answers before it has acted.
_SETTLE = 30.0
_PAUSE = 0.1
_REMEDIES = {
    "signature": "The secret does not belong to this key: copy both again from the exchange's testnet.",
    "key": "Make a new key at the exchange's testnet (those of the live exchange do not work there).",
    "permission": "Let the key trade, in the testnet's key management.",
}
_REASONS = {"signature": "signature refused", "key": "key refused", "permission": "key cannot trade"}


@dataclass(slots=True)
class Trial:
    """What was done with one account.

    Attributes:
        steps: What went well, in order, such as `account read`.
    """

    face: str
    symbol: str = ""
    steps: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        """For the evidence: the same on every run."""
        return {"face": self.face, "symbol": self.symbol, "steps": list(self.steps)}


def run(account: Account, *, settle: float = _SETTLE) -> Trial:
    """Tries the account.

    Raises:
        Inconclusive: the exchange could not be asked, is busy, or the account has no money on it.
    """
    exchange = account.exchange()
    trial = Trial(account.face)
    try:
        exchange.synchronise()
        may_trade = exchange.may_trade()
        trial.steps.append("account read")
        if not may_trade:
            text = "The account says that this key cannot trade."
            finding = Finding(f"{exchange.word}: key cannot trade", text, account.face, _REMEDIES["permission"])
            trial.findings.append(finding)
            return trial
        terms = exchange.terms()
        trial.symbol = terms.symbol
        _order(exchange, terms, trial, settle)
    except Refusal as refusal:
        trial.findings.append(_finding(exchange, refusal, account.face))
    return trial


def _order(exchange: Exchange, terms: Terms, trial: Trial, settle: float) -> None:
    name = f"tradeops-{secrets.token_hex(8)}"
    price = terms.resting_price
    ended = False
    try:
        exchange.place(name, terms, price, terms.quantity_at(price))
        trial.steps.append("order placed")
        status = _wait(lambda: exchange.status(name, terms), {"open", "filled", "refused"}, settle)
        if status != "open":
            ended = status == "refused"
            trial.findings.append(_stands(exchange, trial.face, status, "resting"))
            return
        trial.steps.append("order seen resting")
        with contextlib.suppress(_Gone):
            _cancel(exchange, name, terms)
        status = _wait(lambda: exchange.status(name, terms), {"cancelled", "filled"}, settle)
        ended = status == "cancelled"
        if not ended:
            trial.findings.append(_stands(exchange, trial.face, status, "cancelled"))
            return
        trial.steps.append("order cancelled")
    finally:
        if not ended:  # also one that was placed and never confirmed
            with contextlib.suppress(Refusal, Inconclusive):
                exchange.cancel(name, terms)


class _Gone(Exception):
    """The exchange knows no such open order: it has ended by itself."""


def _cancel(exchange: Exchange, name: str, terms: Terms) -> None:
    try:
        exchange.cancel(name, terms)
    except Refusal as refusal:
        raise _Gone if refusal.meaning == "gone" else refusal from None


def _wait(look: Callable[[], Status], wanted: set[Status], seconds: float) -> Status:
    deadline = time.monotonic() + seconds
    while (status := look()) not in wanted and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return status


def _stands(exchange: Exchange, face: str, status: Status, wanted: str) -> Finding:
    if status == "filled":  # the market fell through it: nothing about the key
        raise Inconclusive(f"A test order at {face} was filled.", remedy="Close the position there, and run again.")
    text = f"A post-only order far from the market should be {wanted} and is {status}."
    return Finding(
        f"{exchange.word}: order not {wanted}", text, face, "Look at the testnet's status page, and run again."
    )


def _finding(exchange: Exchange, refusal: Refusal, face: str) -> Finding:
    if refusal.meaning == "busy":
        text = f"{face} could not answer now: {refusal}."
        raise Inconclusive(text, remedy="Run again when the testnet is less busy.")
    if refusal.meaning == "funds":
        text = f"The account at {face} has not enough for the smallest order: {refusal}."
        raise Inconclusive(text, remedy="Ask the testnet's faucet for more.")
    reason = _REASONS.get(refusal.meaning, "order refused")
    remedy = _REMEDIES.get(refusal.meaning, "Look its code up in the exchange's documentation.")
    return Finding(f"{exchange.word}: {reason}", f"The exchange answered {refusal}.", face, remedy)
