"""STG-005: the team's Bybit testnet key signs, may trade, and places and cancels a small order."""

import pytest

from pytest_tradeops.fixtures.on_venue import Venue
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.node.testnet import trial
from pytest_tradeops.node.testnet.account import Testnet, on_venue

FACE = "bybit"


@pytest.mark.verification(
    id="STG-005",
    suite="staging",
    title="the Bybit testnet key reads the account, and places and cancels a small order",
    severity="high",
    covers=("4.2.2",),
    min_grade="testnet",
    budget="180s",
    requires=("aiohttp", "cryptography", "bybit-testnet-keys"),
)
def test_stg_005(_testnet: Testnet, _venue: Venue, _evidence: Evidence) -> None:
    """Uses the team's own key on Bybit's testnet, linear.

    The unified account and the key's permissions are read with signed calls, at `api-testnet.bybit.com` and nowhere
    else. Then the smallest order that the exchange's own terms allow is placed 5 % below the market as post-only, seen
    resting, and cancelled. The same calls are made on the strict venue first, so that a defect of ours is not taken
    for one of the key; that rehearsal is no evidence about the key.

    Without TRADEOPS_BYBIT_TESTNET_API_KEY and _SECRET it is inconclusive, as it is when the testnet does not answer
    (Bybit answers some countries with 403), is busy, or the account has no money.
    """
    rehearsed = trial.run(on_venue(_venue.keys[FACE], _venue.urls))
    _evidence.fact(rehearsed_on_the_venue=[rehearsed.facts])
    _evidence.report(rehearsed.findings)
    for account in _testnet.accounts(FACE):
        tried = trial.run(account)
        _evidence.fact(**{account.face: tried.facts})
        _evidence.examined(len(tried.steps), f"steps on {account.host}", source=account)
        _evidence.report(tried.findings)


@planted_fault(
    check="STG-005",
    covers="4.2.2",
    title="the secret of another key",
    expects="bybit: signature refused",
)
def secret_of_another_key(_testnet: Testnet, _venue: Venue) -> None:
    key, other = _venue.keys[FACE], _venue.client.new_account(FACE)
    _testnet.instead(on_venue(key, _venue.urls, secret=other.api_secret))
