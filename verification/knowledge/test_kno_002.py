"""KNO-002: what the architecture record claims about imports is so."""

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.review.adr import AdrError, read_claims
from pytest_tradeops.review.architecture import graph_findings, loading_findings, plan_upward_import
from pytest_tradeops.review.architecture_claims import parse_claims
from pytest_tradeops.review.imports import read_imports
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="KNO-002",
    suite="knowledge",
    title="the architecture record's claims about imports are true",
    severity="high",
    covers=("6.1.3",),
    min_grade="static",
    budget="120s",
)
def test_kno_002(_subject: Subject, _evidence: Evidence) -> None:
    """Recomputes the claims of the architecture record from the import graph of the packages that it names.

    Every module is in a layer, imports go down only, sideways only where the record allows it, and no layer imports
    what is forbidden to it. Imports inside functions count; those for type checkers only do not. For the claim that
    an import loads no heavy module, it is imported in a child on the subject's own interpreter.

    It does not see imports whose name is computed at run time. A record without claims, or with an unknown key in
    them, fails. The form of the claims stands in `pytest_tradeops.review.architecture_claims`.
    """
    settings = _subject.settings.adr
    try:
        table = read_claims(_subject.path(settings.path), settings.architecture, settings.path)
    except AdrError as error:
        _evidence.fail("adr-001: claims missing", error.message, where=settings.path, remedy=error.remedy)
    claims = parse_claims(table, settings.architecture)
    graph = read_imports(_subject.root, claims.packages)
    _evidence.examined(len(graph.modules), "modules", source=Grade.STATIC)
    _evidence.examined(len(graph.imports), "imports", source=Grade.STATIC)
    _evidence.fact(layers=[layer.name for layer in claims.layers], lazy_imports=sum(one.lazy for one in graph.imports))
    _evidence.report(graph_findings(claims, graph))
    for claim in claims.not_loaded:
        findings = loading_findings(claim, _subject.root, _subject.python)
        _evidence.examined(len(claim.modules), f"modules that {claim.by} must not load", source=Grade.EMBEDDED)
        _evidence.report(findings)


@planted_fault(
    check="KNO-002", covers="6.1.3", title="the lowest layer imports the highest", expects="adr-001: import claim false"
)
def an_upward_import(_subject: Subject) -> None:
    settings = _subject.settings.adr
    claims = parse_claims(read_claims(_subject.path(settings.path), settings.architecture), settings.architecture)
    path, text = plan_upward_import(claims, read_imports(_subject.root, claims.packages))
    file = path.as_posix()
    _subject.write(file, _subject.path(file).read_text(encoding="utf-8") + text)
