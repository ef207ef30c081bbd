"""KNO-003: what the storage record claims about the database is so."""

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.review.adr import AdrError, read_claims
from pytest_tradeops.services.questdb import claims, ingest, tampering
from pytest_tradeops.services.questdb.client import QuestDbClient
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="KNO-003",
    suite="knowledge",
    title="the storage record's claims about engine, version, protocol and durability are true",
    severity="high",
    covers=("6.1.4",),
    min_grade="embedded",
    budget="120s",
    requires=("questdb",),
)
def test_kno_003(_subject: Subject, _evidence: Evidence, request: pytest.FixtureRequest) -> None:
    """Compares the claims of the storage record in [tool.tradeops.adr] with a running server.

    Engine and version are what the server says of itself; the protocol is proven by writing rows of every type over
    it and reading them back; durability by killing a server of its own with SIGKILL in the middle of writing, and
    counting the acknowledged rows after its restart.

    It does not prove what a power cut leaves, nor that production runs this version: for that, configure the
    production server. Correct the record, or the server.
    """
    settings = _subject.settings.adr
    try:
        claimed = read_claims(_subject.path(settings.path), settings.storage, settings.path)
    except AdrError as error:
        _evidence.fail("adr-002: claims missing", error.message, where=settings.path, remedy=error.remedy)
    _evidence.report(claims.form_findings(claimed, settings.storage))
    # Only now: a record that is missing is evidence, whether or not a server can be had here.
    questdb: QuestDbClient = request.getfixturevalue("_questdb")
    _evidence.examined(2, "claims compared with the server's own words", source=questdb)
    _evidence.report(claims.identity_findings(claimed, settings.storage, questdb))
    sent = ingest.examine(questdb)
    _evidence.examined(sent.sent, "rows written over the claimed protocol", source=questdb)
    _evidence.report(claims.protocol_findings(settings.storage, sent))
    with questdb.own() as server:
        done, findings = claims.durability_findings(settings.storage, server)
    _evidence.examined(done.kills, "kills in the middle of writing", source=Grade.EMBEDDED)
    _evidence.fact(engine=claims.ENGINE, version=questdb.handle.version, lost=done.lost, torn=done.torn)
    _evidence.report(findings)


@planted_fault(
    check="KNO-003", covers="6.1.4", title="the record names another version", expects="adr-002: claim false"
)
def another_version_in_the_record(_subject: Subject) -> None:
    tampering.claim_another_version(_subject.path(_subject.settings.adr.path), _subject.settings.adr.storage)
