"""SEC-027: the subject's workflows and actions are valid, pinned, and open to nobody's text."""

import pytest

from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.security.linting import EXTRA, examining, writing
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="SEC-027",
    suite="security",
    title="workflows and actions are valid, pinned by commits, with the least rights and without injection",
    severity="high",
    covers=(),
    min_grade="static",
    budget="60s",
    requires=("check-jsonschema", "yaml", "zizmor", "actionlint"),
)
def test_sec_027(_subject: Subject, _evidence: Evidence) -> None:
    """Reads every workflow, and every action of the repository's own, by GitHub's schema, actionlint and zizmor.

    zizmor runs offline, without the subject's settings and without regard to its comments; its findings of HIGH
    severity block, unless the comment that would hide one gives a reason. Everything that actionlint finds blocks, but
    for labels of runners that it cannot know. Every action and called workflow must be pinned by a full commit id, a
    Docker action by its digest. Every workflow or job must declare `permissions`, and what may be written is declared
    for one job, not for several. Each linter gets a file with an injection among the others and must report it, and
    must name every file as read; else the check is inconclusive.

    It does not prove that a pinned commit is a good one, nor that a secret is used rightly. Scripts are not read by
    shellcheck. docs/workflows.md lists the reasons.
    """
    examination = examining.examine(_subject.root)
    _evidence.examined(len(examination.files), "workflows and actions", source=Grade.STATIC)
    _evidence.fact(**examination.facts())
    _evidence.report(examining.findings(examination))
    unseen = examining.unseen(examination)
    if unseen:
        _evidence.inconclusive(" ".join(unseen), remedy=f"Update the linter. {EXTRA}")


@planted_fault(
    check="SEC-027",
    title="an action is named by a tag",
    expects="workflows: action not pinned",
)
def named_by_a_tag(_subject: Subject) -> None:
    _subject.write(*writing.by_tag(_subject.root))


@planted_fault(
    check="SEC-027",
    title="the title of a pull request goes into a script",
    expects="workflows: zizmor HIGH",
)
def title_in_a_script(_subject: Subject) -> None:
    _subject.write(*writing.injected(_subject.root))


@planted_fault(
    check="SEC-027",
    title="a typo in a key",
    expects="workflows: schema",
)
def typo_in_a_key(_subject: Subject) -> None:
    _subject.write(*writing.misspelt(_subject.root))
