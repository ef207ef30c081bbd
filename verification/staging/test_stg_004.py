"""STG-004: the team's Binance testnet keys sign, may trade, and place and cancel a small order."""

import pytest

from pytest_tradeops.fixtures.on_venue import Venue
from pytest_tradeops.gate import Evidence, planted_fault
from pytest_tradeops.node.testnet import trial
from pytest_tradeops.node.testnet.account import Testnet, on_venue

FACES = ("binance-spot", "binance-futures")


@pytest.mark.verification(
    id="STG-004",
    suite="staging",
    title="the Binance testnet keys read the account, and place and cancel a small order",
    severity="high",
    covers=("4.2.1",),
    min_grade="testnet",
    budget="180s",
    requires=("aiohttp", "cryptography", "binance-testnet-keys"),
)
def test_stg_004(_testnet: Testnet, _venue: Venue, _evidence: Evidence) -> None:
    """Uses the team's own keys on Binance's testnets, Spot and USDT-M futures, whichever there are keys for.

    The account is read with a signed call, at `testnet.binance.vision` or `testnet.binancefuture.com` and nowhere
    else. Then the smallest order that the exchange's own filters allow is placed 5 % below the market as post-only,
    seen resting, and cancelled. The same calls are made on the strict venue first, so that a defect of ours is not
    taken for one of the keys; that rehearsal is no evidence about the keys.

    Without TRADEOPS_BINANCE_TESTNET_API_KEY and _SECRET (or TRADEOPS_BINANCE_FUTURES_TESTNET_API_KEY and _SECRET) it
    is inconclusive, as it is when the testnet does not answer, is busy, or the account has no money. It does not
    prove that the keys still work tomorrow: testnets are reset now and then.
    """
    rehearsed = [trial.run(on_venue(_venue.keys[face], _venue.urls)) for face in FACES]
    _evidence.fact(rehearsed_on_the_venue=[one.facts for one in rehearsed])
    _evidence.report(finding for one in rehearsed for finding in one.findings)
    for account in _testnet.accounts(*FACES):
        tried = trial.run(account)
        _evidence.fact(**{account.face: tried.facts})
        _evidence.examined(len(tried.steps), f"steps on {account.host}", source=account)
        _evidence.report(tried.findings)


@planted_fault(
    check="STG-004",
    covers="4.2.1",
    title="a key that may not trade",
    expects="binance: key cannot trade",
)
def key_without_permission(_testnet: Testnet, _venue: Venue) -> None:
    reader = _venue.client.new_account("binance-spot", permissions=("read",))
    _testnet.instead(on_venue(reader, _venue.urls))
