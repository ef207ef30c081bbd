"""BEN-003: what the record about CodSpeed claims can be counted again."""

import pytest

from pytest_tradeops import clock, processes
from pytest_tradeops.bench import recount
from pytest_tradeops.exceptions import DeclarationError
from pytest_tradeops.gate import Evidence, Grade, planted_fault
from pytest_tradeops.review import evaluation
from pytest_tradeops.settings import load_settings
from pytest_tradeops.subject import Subject


@pytest.mark.verification(
    id="BEN-003",
    suite="benchmarks",
    title="What CodSpeed was found to be can be counted again",
    severity="low",
    covers=("7.6.1",),
    min_grade="embedded",
    budget="240s",
    requires=("pytest-benchmark", "valgrind"),
)
@pytest.mark.usefixtures("_on_demand")
def test_ben_003(_subject: Subject, _evidence: Evidence) -> None:
    """Counts the instructions of the recorded benchmarks again, in CodSpeed's local way: under valgrind's callgrind.

    The evaluation is a decision record with an owner, a date until which it counts, the versions it was made with, and
    instructions of named benchmarks. Those are run in a copy of the subject, with the hash seed of the record. It fails
    if there is no such record, if it is expired, or if a count differs by more than the record's tolerance. Without
    valgrind, or with another Python, architecture or valgrind than the record's, it is inconclusive.

    It does not prove what the hosted service would say: that compares runs of different machines.
    """
    adr = load_settings(_subject.root).adr  # read again: a planted fault changes the copy's file
    record = evaluation.find_evaluation(_subject.path(adr.path), adr.path)
    _evidence.fact(record=record.file, owner=record.owner, until=str(record.until), versions=dict(record.versions))
    _evidence.report(evaluation.expired(record, clock.today()))
    differing = recount.differing(record.versions, recount.here(_subject.python, _subject.root))
    if differing:
        _evidence.inconclusive(
            f"{record.file} was made with {differing[0]}, and counts depend on it.",
            remedy="Count again here with `pytest -m benchmark --bench-gate --bench-ir=all`, and record that.",
        )
    with processes.scratch("tradeops-evaluation-") as place:
        copy = _subject.copy_to(place / "copy")
        counts = recount.count_again(_subject.python, copy.root, _subject.git.root, record.instructions)
    _evidence.fact(instructions={name: round(count) for name, count in counts.items()})
    _evidence.examined(len(counts), "benchmarks counted again", source=Grade.EMBEDDED)
    _evidence.report(recount.compare(record.instructions, counts, record.tolerance, record.file))


@planted_fault(
    check="BEN-003",
    covers="7.6.1",
    title="one figure altered beyond the tolerance",
    expects="codspeed-record: not reproducible",
)
def figure_altered(_subject: Subject) -> None:
    adr = load_settings(_subject.root).adr
    record = evaluation.find_evaluation(_subject.path(adr.path), adr.path)
    name = next(iter(record.instructions))
    path = f"{adr.path.strip('/')}/{record.file}"
    text = _subject.path(path).read_text(encoding="utf-8")
    changed = evaluation.altered(text, name, 1 + 2 * record.tolerance)
    if changed == text:
        raise DeclarationError(f"{path} does not hold the count of {name} as text.", remedy="Write it on one line.")
    _subject.write(path, changed)
