"""All that can be said about a project's decision records from its files and its git history."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ..exceptions import CheckFailed
from ..gitrepo import GitRepo
from ..model import Finding
from .adr_folder import folder_findings, read_folder
from .adr_template import template_findings
from .citations import CitationReader

_REMEDY = "Run `tradeops init adr`, or name your folder as `path` in [tool.tradeops.adr]."


@dataclass(frozen=True, slots=True)
class AdrReview:
    """What was read and what is wrong.

    Attributes:
        records: Ids of the records.
        dated: How many of them git could date.
        citations: How many cited paths and symbols are there.
        trials: How many records were made from the template.
        history: `full`, `shallow` (first commits may be later than they were) or `none`.
    """

    records: tuple[str, ...]
    dated: int
    citations: int
    trials: int
    history: str
    findings: tuple[Finding, ...]


def review_records(root: Path, name: str, git: GitRepo, today: date) -> AdrReview:
    """Reads the records in the folder `name` of the project.

    Args:
        root: The project, or a copy of it.
        git: The repository that knows when the files came; for a copy, the original's.
        today: A UTC day.

    Raises:
        CheckFailed: there is no folder, or no record in it.
    """
    folder = read_folder(root / name)
    if not folder.files:
        what = "no record in" if (root / name).is_dir() else "no folder"
        raise CheckFailed([Finding("adr: records missing", f"There is {what} {name}/.", name, _REMEDY)])
    committed = dict(_first_commits(git, name, folder.files))
    trials, template = template_findings(folder.template, today)
    reader = CitationReader(root, root / name)
    cited = [reader.read(record.text, record.file) for record in folder.records]
    findings = (
        *folder_findings(folder, today=today, committed=committed),
        *template,
        *(finding for one in cited for finding in one.findings),
    )
    return AdrReview(
        records=tuple(record.id for record in folder.records),
        dated=len(committed),
        citations=sum(one.resolved for one in cited),
        trials=trials,
        history="none" if git.head() is None else "shallow" if git.is_shallow() else "full",
        findings=tuple(replace(finding, where=f"{name}/{finding.where}") for finding in findings),
    )


def _first_commits(git: GitRepo, name: str, files: tuple[str, ...]) -> Iterator[tuple[str, date]]:
    for file in files:
        # Not across renames: git takes a record that was filled in from the template for a copy of it.
        first = git.first_commit_time(f"{name}/{file}", follow=False)
        if first is not None:
            yield file, first.date()
