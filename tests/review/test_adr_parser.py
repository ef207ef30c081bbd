"""Records are parsed from any text, and each defect has its name."""

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_tradeops.review.adr import AdrError, Status, parse_record, read_claims

GOOD = """# ADR-007: Rows are kept

- Status: Accepted
- Date: 2026-11-23
- Supersedes: ADR-002, [ADR-003](ADR-003-x.md)

## Context

Why.

## Decision

What.

```toml claims
engine = "QuestDB"
```

## Alternatives

Which.

## Consequences

Then.
"""
FILE = "ADR-007-rows.md"


def reasons(text: str, file: str = FILE) -> list[str]:
    return [finding.reason.removeprefix("adr: ") for finding in parse_record(file, text)[1]]


def test_a_good_record_is_read_whole() -> None:
    record, findings = parse_record(FILE, GOOD)
    assert findings == ()
    assert record is not None
    assert (record.id, record.title, record.status) == ("ADR-007", "Rows are kept", Status.ACCEPTED)
    assert record.date == date(2026, 11, 23)
    assert record.supersedes == ("ADR-002", "ADR-003")
    assert list(record.sections) == ["Context", "Decision", "Alternatives", "Consequences"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("# ADR-007: Rows", "# ADR-008: Rows", "heading differs from file name"),
        ("# ADR-007: Rows are kept", "# Rows are kept", "heading malformed"),
        ("# ADR-007: Rows are kept", "# ADR-007:", "heading malformed"),
        ("Accepted", "Agreed", "status unknown"),
        ("- Status: Accepted\n", "", "status unknown"),
        ("Accepted", "Superseded", "successor not named"),
        ("2026-11-23", "23.11.2026", "date malformed"),
        ("2026-11-23", "20261123", "date malformed"),
        ("2026-11-23", "2026-02-30", "date malformed"),
        ("ADR-002, [ADR-003](ADR-003-x.md)", "the old one", "supersession malformed"),
        ("## Consequences\n\nThen.\n", "", "section missing"),
        ("## Consequences", "### Consequences", "section missing"),
        ("Then.", "<!-- what\n\nfollows -->", "section empty"),
        ("Then.", "{{what follows}}", "placeholder left"),
        ("Then.", "{{what\nfollows}}", "placeholder left"),
        ('engine = "QuestDB"', "engine = ", "claims malformed"),
        ('engine = "QuestDB"', f"engine = {'9' * 5000}", "claims malformed"),
        ('engine = "QuestDB"', "engine = 1\n```\n\n```toml claims\nx = 1", "claims malformed"),
    ],
)
def test_each_defect_has_its_name(old: str, new: str, reason: str) -> None:
    assert old in GOOD
    assert reasons(GOOD.replace(old, new, 1)) == [reason]


@pytest.mark.parametrize("name", ["adr-007-rows.md", "ADR-7-rows.md", "ADR-007.md", "ADR-007-Rows.md", "0007-rows.md"])
def test_a_misnamed_file_is_no_record(name: str) -> None:
    record, findings = parse_record(name, GOOD)
    assert record is None
    assert [finding.reason for finding in findings] == ["adr: file name malformed"]


@pytest.mark.parametrize(
    "head",
    [
        "**Status:** Superseded by ADR-009\n**Date:** 2026-11-23",
        "* Status: Superseded\n* Date: 2026-11-23\n* Superseded by: [ADR-009](ADR-009-x.md)",
        "status: superseded by ADR-009\ndate: 2026-11-23",
    ],
)
def test_common_ways_to_write_the_head_are_read(head: str) -> None:
    text = GOOD.replace(GOOD[GOOD.index("- Status") : GOOD.index("## Context")], f"{head}\n\n")
    record, findings = parse_record(FILE, text)
    assert findings == ()
    assert record is not None
    assert (record.status, record.superseded_by) == (Status.SUPERSEDED, ("ADR-009",))


def test_headings_of_the_madr_format_count() -> None:
    text = GOOD.replace("## Context", "## Context and Problem Statement").replace("## Decision", "## Decision Outcome")
    assert reasons(text.replace("## Alternatives", "## Considered Options")) == []


def test_code_is_neither_a_section_nor_a_placeholder() -> None:
    code = "~~~yaml\n## Consequences\nkey: ${{ secrets.KEY }}\n~~~\nand `${{ this }}`."
    assert reasons(GOOD.replace("What.", code)) == []
    assert reasons(GOOD.replace("What.", code).replace("## Consequences\n\nThen.\n", "")) == ["section missing"]


@given(st.text(max_size=300), st.sampled_from([FILE, "ADR-007-ROWS.md", ""]))
@example("```toml claims\na = [" + "[" * 5000, FILE)
@example("# ADR-007: x\n\u017ftatus: Accepted\n", FILE)
@example("\ufeff# ADR-007: x\n- Status:\u2028Accepted\r\n## Context\r\n", FILE)
def test_any_text_gives_a_record_or_named_findings(text: str, file: str) -> None:
    record, findings = parse_record(file, text)
    assert record is not None or findings
    assert all(finding.reason.startswith("adr: ") and finding.message and finding.remedy for finding in findings)


@pytest.mark.parametrize(
    "text", ["# " + " " * 200_000 + "x", "#" * 200_000, "[" * 100_000, "{{" * 100_000, "a" * 200_000]
)
def test_a_long_line_takes_no_long_time(text: str) -> None:
    started = time.perf_counter()
    parse_record(FILE, GOOD.replace("Then.", text))
    assert time.perf_counter() - started < 5


def test_a_closing_row_of_hashes_is_no_part_of_a_heading() -> None:
    assert (
        reasons(GOOD.replace("## Decision", "##  Decision\t##  ").replace("# ADR-007: Rows", "# ADR-007: C# rows"))
        == []
    )


@given(st.data())
def test_a_record_cut_and_spliced_anywhere_gives_a_record_or_named_findings(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, len(GOOD)))
    middle = data.draw(st.text(st.sampled_from("#-` \n:{}[]()=~<!>\"'0\r\t"), max_size=20))
    record, findings = parse_record(FILE, GOOD[:start] + middle + GOOD[end:])
    assert record is not None or findings


def test_claims_are_read_with_tomls_types(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(GOOD.replace('engine = "QuestDB"', "[limits]\nday = 2026-11-23\nsize = 1.5"))
    assert read_claims(tmp_path, "ADR-007") == {"limits": {"day": date(2026, 11, 23), "size": 1.5}}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "no record ADR-007"),
        ({"ADR-070-rows.md": GOOD}, "no record ADR-007"),
        ({"x/ADR-007-rows.md": GOOD}, "no record ADR-007"),
        ({FILE: GOOD, "ADR-007-other.md": GOOD}, "ADR-007-other.md"),
        ({FILE: GOOD.replace("toml claims", "toml")}, "no block of claims"),
        ({FILE: GOOD.replace('engine = "QuestDB"', "engine")}, "not valid TOML"),
    ],
)
def test_missing_claims_say_what_is_missing_and_what_to_do(tmp_path: Path, files: dict[str, str], says: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(AdrError, match=says) as caught:
        read_claims(tmp_path, "ADR-007")
    assert caught.value.remedy


def test_a_missing_folder_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(AdrError, match="tradeops init adr"):
        read_claims(tmp_path / "adr", "ADR-001")


def test_the_folder_is_called_as_it_is_configured(tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "adr"
    with pytest.raises(AdrError, match="There is no folder 'docs/adr' with"):
        read_claims(folder, "ADR-001", "docs/adr")
    folder.mkdir(parents=True)
    with pytest.raises(AdrError, match=r"^docs/adr has no record ADR-001"):
        read_claims(folder, "ADR-001", "docs/adr")
