"""A folder of records as a whole: numbers, dates, supersession, index, template, and the faults that KNO-001 plants."""

import subprocess
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_tradeops.exceptions import CheckFailed
from pytest_tradeops.gitrepo import GitRepo
from pytest_tradeops.review.adr_folder import read_folder
from pytest_tradeops.review.adr_review import AdrReview, review_records
from pytest_tradeops.review.adr_template import fill, plan_one_sided, template_findings, without_section

OURS = Path(__file__).parents[2] / "docs" / "adr"
TEMPLATE = (OURS / "template.md").read_text(encoding="utf-8")
TODAY = date(2026, 11, 23)


class Project:
    """A project with records in `docs/adr`, made from the real template."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / "docs" / "adr"
        self.folder.mkdir(parents=True)
        self.write("template.md", TEMPLATE)
        self.write("README.md", "# Records\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def add(self, number: int, *, day: date = TODAY, supersedes: str = "none", status: str = "Accepted") -> None:
        file = f"ADR-{number:03d}-word.md"
        text = fill(TEMPLATE, f"ADR-{number:03d}", day, supersedes=supersedes)
        self.write(file, text.replace("Status: Accepted", f"Status: {status}") + "\nIn `docs/adr/template.md`.\n")
        self.write("README.md", self.read("README.md") + f"- [ADR-{number:03d}]({file}): {status}\n")

    def review(self) -> AdrReview:
        return review_records(self.root, "docs/adr", GitRepo(self.root), TODAY)

    def reasons(self) -> list[str]:
        return [finding.reason.removeprefix("adr: ") for finding in self.review().findings]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.add(1)
    made.add(2)
    return made


def test_records_in_order_are_counted_and_nothing_is_found(project: Project) -> None:
    review = project.review()
    assert review.findings == ()
    assert review.records == ("ADR-001", "ADR-002")
    assert (review.citations, review.trials, review.dated, review.history) == (2, 6, 0, "none")


def test_no_folder_and_an_empty_one_name_the_command(tmp_path: Path) -> None:
    for name in ("absent", "."):
        with pytest.raises(CheckFailed) as caught:
            review_records(tmp_path, name, GitRepo(tmp_path), TODAY)
        assert caught.value.reasons == ("adr: records missing",)
        assert "tradeops init adr" in str(caught.value)


def test_a_number_stands_for_one_record(project: Project) -> None:
    project.write("ADR-002-again.md", project.read("ADR-002-word.md"))
    assert project.reasons() == ["number twice", "not in index"]


def test_a_gap_needs_a_word_in_the_index(project: Project) -> None:
    project.add(4)
    assert project.reasons() == ["gap in numbering"]
    project.write("README.md", project.read("README.md") + "\nADR-003 was withdrawn before it was written.\n")
    assert project.reasons() == []


def test_no_date_lies_in_the_future(project: Project) -> None:
    project.add(3, day=date(2026, 11, 24))
    assert project.reasons() == ["date in the future"]


def commit(root: Path, day: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    environ = {"GIT_AUTHOR_DATE": f"{day}T12:00:00Z", "GIT_COMMITTER_DATE": f"{day}T12:00:00Z", "PATH": "/usr/bin:/bin"}
    subprocess.run(["git", "-C", root, "add", "."], check=True, env=environ)
    subprocess.run(["git", *identity, "-C", root, "commit", "-q", "-m", "x"], check=True, env=environ)


def test_a_date_is_not_later_than_the_day_after_the_first_commit(project: Project) -> None:
    subprocess.run(["git", "init", "-q", project.root], check=True)
    commit(project.root, "2026-11-22")
    assert project.reasons() == []
    project.add(3, day=date(2026, 11, 20))
    commit(project.root, "2026-11-20")
    project.write("ADR-003-word.md", project.read("ADR-003-word.md").replace("2026-11-20", "2026-11-22"))
    review = project.review()
    assert [finding.reason for finding in review.findings] == ["adr: date after its commit"]
    assert (review.dated, review.history) == (3, "full")


def test_a_record_filled_in_from_an_old_template_is_dated_by_its_own_commit(project: Project) -> None:
    subprocess.run(["git", "init", "-q", project.root], check=True)
    for file in project.folder.glob("ADR-*"):
        file.unlink()
    project.write("README.md", "# Records\n")
    commit(project.root, "2020-01-01")
    project.add(1)
    commit(project.root, "2026-11-23")
    assert project.reasons() == []


def test_supersession_stands_in_both_records(project: Project) -> None:
    project.add(3, supersedes="ADR-001")
    assert project.reasons() == ["supersession one-sided"]
    file = "ADR-001-word.md"
    project.write(file, project.read(file).replace("Status: Accepted", "Status: Superseded by ADR-003"))
    assert project.reasons() == ["index status differs"]
    project.write("README.md", project.read("README.md").replace("word.md): Accepted", "word.md): Superseded", 1))
    assert project.reasons() == []
    project.write("ADR-003-word.md", project.read("ADR-003-word.md").replace("Supersedes: ADR-001", "Supersedes: none"))
    assert project.reasons() == ["supersession one-sided"]


def test_a_record_that_knows_its_successor_is_no_longer_accepted(project: Project) -> None:
    project.add(3, supersedes="ADR-001")
    file = "ADR-001-word.md"
    known = project.read(file).replace("- Supersedes: none", "- Superseded by: ADR-003")
    project.write(file, known)
    assert project.reasons() == ["supersession one-sided"]
    project.write(file, known.replace("Status: Accepted", "Status: Superseded"))
    assert project.reasons() == ["index status differs"]


@pytest.mark.parametrize(
    ("supersedes", "status", "found"),
    [
        ("ADR-009", "Accepted", ["supersession of nothing"]),
        ("ADR-003", "Accepted", ["supersession backwards"]),
        ("ADR-001", "Proposed", []),
    ],
)
def test_supersession_is_of_an_earlier_record_and_by_an_accepted_one(
    project: Project, supersedes: str, status: str, found: list[str]
) -> None:
    project.add(3, supersedes=supersedes, status=status)
    assert project.reasons() == found


def test_the_index_is_complete_both_ways(project: Project) -> None:
    project.write("README.md", "- [ADR-001](./ADR-001-word.md)\n- [ADR-002](ADR-002-gone.md)\n")
    assert project.reasons() == ["not in index", "index link dead"]
    (project.folder / "README.md").unlink()
    assert project.reasons() == ["index missing"]


def test_records_have_the_templates_own_sections(project: Project) -> None:
    project.write("template.md", TEMPLATE + "\n## Cost\n\n{{how much}}\n")
    assert project.reasons() == ["section missing", "section missing"]


def test_the_template_is_refused_unfilled_and_accepted_filled() -> None:
    assert template_findings(TEMPLATE, TODAY) == (6, ())


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (None, "adr: template missing"),
        (without_section(TEMPLATE, "Consequences"), "adr: template lacks section"),
        (
            TEMPLATE.replace("{{what forces", "what forces").replace("decided}}", "decided"),
            "adr: template accepted unfilled",
        ),
        (TEMPLATE.replace("- Date: {{date}}\n", ""), "adr: template refused when filled"),
    ],
)
def test_a_template_that_lets_something_through_is_named(template: str | None, reason: str) -> None:
    _, findings = template_findings(template, TODAY)
    assert [finding.reason for finding in findings] == [reason]


def test_a_template_with_empty_sections_in_place_of_placeholders_is_as_good() -> None:
    bare = "# ADR-NNN: title\n\nStatus: Proposed\nDate: YYYY-MM-DD\n\n" + "".join(
        f"## {name}\n<!-- write here -->\n" for name in ("Context", "Decision", "Considered Options", "Consequences")
    )
    assert template_findings(bare, TODAY) == (6, ())


@given(st.text(st.characters(codec="utf-8")), st.integers(0, len(TEMPLATE)), st.integers(0, 200))
@example("\u017ftatus: x", 24, 0)
def test_any_template_is_accepted_or_named(text: str, start: int, length: int) -> None:
    trials, findings = template_findings(TEMPLATE[:start] + text + TEMPLATE[start + length :], TODAY)
    assert trials or findings
    assert all(finding.reason.startswith("adr: template ") and finding.remedy for finding in findings)


def test_the_planted_successor_breaks_nothing_but_its_reason(project: Project) -> None:
    for name, text in plan_one_sided(read_folder(project.folder)).items():
        project.write(name, text)
    assert project.reasons() == ["supersession one-sided"]


def test_our_own_records_are_in_order() -> None:
    root = OURS.parents[1]
    review = review_records(root, "docs/adr", GitRepo(root), date.max)
    assert review.findings == ()
    assert review.citations > 5
