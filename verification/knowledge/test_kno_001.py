"""KNO-001: the decision records are in order, and their template cannot be handed in unfilled."""

import pytest

from pytest_tradeops import clock
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.review.adr import TEMPLATE
from pytest_tradeops.review.adr_folder import read_folder
from pytest_tradeops.review.adr_review import review_records
from pytest_tradeops.review.adr_template import plan_one_sided, without_section
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="KNO-001",
    suite="knowledge",
    title="the decision records are in order and cite what is there",
    severity="high",
    covers=("6.1.1", "6.1.2"),
    min_grade="static",
    budget="60s",
    requires=("git",),
)
def test_kno_001(_subject: Subject, _evidence: Evidence) -> None:
    """Reads every record in the folder of [tool.tradeops.adr], its index and its template.

    Each number stands for one record and is in its heading and file name; a number that was left out is explained in
    the index. Status and date are of the known forms, a date is not later than today, nor than the day after the
    file's first commit. Who replaces whom stands in both records. The index links to every record and to nothing
    else. Every cited path and symbol is in the tree. Records made from the template are refused while one section, or
    the head, is as the template has it, and accepted when filled in.

    It does not prove that a decision is good or followed; KNO-002, KNO-003 and KNO-004 recompute what records claim.
    Without git, or in a shallow clone, the dates are compared with less: the evidence says so.
    """
    name = _subject.settings.adr.path
    _subject.path(name)  # refuses a folder outside of the subject
    review = review_records(_subject.root, name, _subject.git, clock.today())
    _evidence.examined(len(review.records), "decision records", source=Grade.STATIC)
    _evidence.examined(review.citations, "cited paths and symbols", source=Grade.STATIC)
    _evidence.examined(review.trials, "records made from the template", source=Grade.STATIC)
    _evidence.fact(records=list(review.records), dated_by_git=review.dated, history=review.history)
    _evidence.report(review.findings)
    if not review.citations:
        _evidence.inconclusive(
            "No record cites a path or symbol of the project, so none could be checked.",
            remedy="Cite in backticks the files and symbols that carry each decision.",
        )


@planted_fault(
    check="KNO-001",
    covers="6.1.1",
    title="a record is replaced and left as accepted",
    expects="adr: supersession one-sided",
)
def superseded_record_left_as_accepted(_subject: Subject) -> None:
    name = _subject.settings.adr.path
    for file, text in plan_one_sided(read_folder(_subject.path(name))).items():
        _subject.write(f"{name}/{file}", text)


@planted_fault(
    check="KNO-001",
    covers="6.1.2",
    title="the template loses its Consequences",
    expects="adr: template lacks section",
)
def template_without_consequences(_subject: Subject) -> None:
    file = f"{_subject.settings.adr.path}/{TEMPLATE}"
    _subject.write(file, without_section(_subject.path(file).read_text(encoding="utf-8"), "Consequences"))
