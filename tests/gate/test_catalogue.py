"""The catalogue reads declarations without running anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_tradeops.exceptions import DeclarationError
from pytest_tradeops.gate.catalogue import Catalogue, packaged, packaged_root, read_module, read_tree
from pytest_tradeops.gate.checklist import items
from pytest_tradeops.model import Grade

CHECK = '''
import pytest
from pytest_tradeops.gate import planted_fault
raise SystemExit("imported")

@pytest.mark.verification(
    id="SEC-001", suite="security", title="a title "
    "in two parts", severity="critical", covers=("V.security.1", "1.4.2"), min_grade="embedded", budget="2m",
)
def test_sec_001(_subject):
    """What it does.

        indented
    """

@planted_fault(check="SEC-001", covers="V.security.1", title="first", expects="x: one")
@planted_fault(check="SEC-001", covers="1.4.2", title="second", expects="x: two")
def break_it(_subject): ...
'''


def write(tmp_path: Path, text: str, name: str = "test_sec_001.py") -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def declared(check: str = "ACME-001", suite: str = "acme", covers: str = "()", faults: str = "") -> str:
    return (
        f"@pytest.mark.verification(id='{check}', suite='{suite}', title='t', covers={covers})\n"
        f"def test_{check.replace('-', '_').lower()}(): ...\n{faults}\n"
    )


def fault(check: str = "ACME-001", name: str = "f", covers: str = "") -> str:
    return f"@planted_fault(check='{check}', title='t', expects='e', covers='{covers}')\ndef {name}(): ...\n"


def test_a_module_is_read_without_being_imported(tmp_path: Path) -> None:
    [entry] = read_module(write(tmp_path, CHECK))
    assert (entry.file, entry.function, entry.line) == ("test_sec_001.py", "test_sec_001", 10)
    assert entry.spec.title == "a title in two parts"
    assert entry.spec.min_grade is Grade.EMBEDDED
    assert entry.spec.budget == 120.0
    assert entry.doc == "What it does.\n\nindented"
    assert [(one.title, one.expects, one.name) for one in entry.faults] == [
        ("first", "x: one", "break_it"),
        ("second", "x: two", "break_it"),
    ]
    assert Catalogue((entry,)).problems() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "X = 'a'\n@pytest.mark.verification(id=X, suite='acme', title='t')\ndef test_a(): ...",
            ":2: X is not a literal",
        ),
        ("@pytest.mark.verification(id=f'A', suite='acme', title='t')\ndef test_a(): ...", "is not a literal"),
        ("@pytest.mark.verification(**x)\ndef test_a(): ...", r":1: \*\* is not a literal"),
        ("@pytest.mark.verification('SEC-001')\ndef test_a(): ...", ":1: verification.. takes keyword arguments only"),
        ("@pytest.mark.verification\ndef test_a(): ...", "has no arguments"),
        ("@pytest.mark.verification(id='SEC-1', suite='security', title='t')\ndef test_a(): ...", "not a check id"),
        ("@pytest.mark.verification(id='SEC-001', suite='acme', title='t')\ndef test_a(): ...", "belongs to the suite"),
        ("@pytest.mark.verification(id='SEC-001', suit='x', title='t')\ndef test_a(): ...", "unknown argument 'suit'"),
        ("@planted_fault(check='A', title='t')\ndef verification(): ...", ":1: planted_fault.. needs expects="),
        ("@planted_fault('A')\ndef f(): ...", "takes keyword arguments only"),
        ("@planted_fault(check='A', title='t', expects=('a',))\ndef f(): ...", "expects= must be a text"),
        ("@planted_fault(check='A', titel='t', expects='a')\ndef f(): ...", "unknown argument 'titel'.*'title'"),
        ("# verification\ndef broken(:\n", r":2 cannot be read: [^<>()]*\.($| )"),
        (
            declared().replace("def ", "@pytest.mark.verification(id='ACME-002', suite='acme', title='t')\ndef "),
            "twice",
        ),
    ],
)
def test_a_malformed_declaration_names_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DeclarationError, match=f"^test_sec_001.py.*{said}"):
        read_module(write(tmp_path, text))


MARK = "pytest.mark.verification(id='ACME-001', suite='acme', title='t')"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"@{MARK}\nclass TestIt:\n    def test_a(self): ...", 1),
        (f"import pytest\npytestmark = {MARK}\ndef test_a(): ...", 2),
        (f"pytestmark = [pytest.mark.slow, {MARK}]\ndef test_a(): ...", 1),
        (f"class TestIt:\n    pytestmark = {MARK}\n    def test_a(self): ...", 2),
        (f"V = {MARK}\n@V\ndef test_a(): ...", 1),
        ("V = pytest.mark.verification\n@V(id='ACME-001', suite='acme', title='t')\ndef test_a(): ...", 1),
        (f"import pytest as pt\n@{MARK.replace('pytest', 'pt')}\ndef test_a(): ...", 2),
        ("from pytest import mark as m\n@m.verification(id='ACME-001')\ndef test_a(): ...", 2),
        ("from pytest import mark as m\nV = m.verification\n@V(id='ACME-001')\ndef test_a(): ...", 2),
        ("m = pytest.mark\nV = m.verification\n@V(id='ACME-001')\ndef test_a(): ...", 2),
        ("@pytest.mark.verification.with_args(id='ACME-001')\ndef test_a(): ...", 1),
        (f"@pytest.mark.parametrize('x', [pytest.param(1, marks={MARK})])\ndef test_a(x): ...", 1),
        (f"if True:\n    @{MARK}\n    def test_a(): ...", 2),
        (f"def make():\n    @{MARK}\n    def test_a(): ...\n    return test_a\ntest_a = make()", 2),
    ],
)
def test_a_marker_that_cannot_be_read_is_refused_with_its_place(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(DeclarationError, match=rf"^test_sec_001.py:{line}: .*one function per check") as caught:
        read_module(write(tmp_path, text))
    assert caught.value.remedy


def test_other_things_called_verification_are_no_markers(tmp_path: Path) -> None:
    text = "def verification(): ...\nX = settings.verification\nY = item.get_closest_marker('verification')\n"
    assert read_module(write(tmp_path, text + declared()))[0].spec.id == "ACME-001"


def test_installed_packages_below_a_tree_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, declared("ACME-001"), "mine/test_one.py")
    write(tmp_path, "", "env/pyvenv.cfg")
    write(tmp_path, declared("ACME-002"), "env/lib/test_two.py")
    write(tmp_path, declared("ACME-003"), "web/node_modules/x/test_three.py")
    os.mkfifo(tmp_path / "test_pipe.py")
    assert read_tree([tmp_path]).ids == {"ACME-001"}
    assert read_tree([tmp_path / "env" / "lib"]).ids == {"ACME-002"}  # as asked for


def test_a_tree_is_read_as_pytest_would_collect_it(tmp_path: Path) -> None:
    write(tmp_path, declared("ACME-002") + fault("ACME-002"), "b/test_two.py")
    write(tmp_path, "class TestIt:\n    " + declared().replace("\n", "\n    "), "a/one_test.py")
    write(tmp_path, declared("ACME-003"), "helpers.py")
    write(tmp_path, declared("ACME-004"), ".hidden/test_four.py")
    write(tmp_path, "def broken(:", "test_unrelated.py")
    catalogue = read_tree([tmp_path])
    assert [entry.nodeid for entry in catalogue] == [
        "a/one_test.py::TestIt::test_acme_001",
        "b/test_two.py::test_acme_002",
    ]
    assert read_tree([tmp_path / "b", tmp_path / "b" / "test_two.py"], root=tmp_path).ids == {"ACME-002"}


def test_an_id_declared_twice_names_both_places(tmp_path: Path) -> None:
    write(tmp_path, declared(), "test_a.py")
    write(tmp_path, "\n" + declared(), "test_b.py")
    with pytest.raises(DeclarationError, match=r"ACME-001 is declared twice: test_a.py:2 and test_b.py:3"):
        read_tree([tmp_path])


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="nowhere does not exist"):
        read_tree([tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (declared(), "catalogue: check without planted fault"),
        (declared(faults=fault("ACME-010", "g") + fault()), "catalogue: fault for an unknown check"),
        (declared(covers="('9.9.9',)", faults=fault()), "catalogue: unknown checklist item"),
        (declared(covers="('1.4.2',)", faults=fault()), "catalogue: item without planted fault"),
        (
            declared(covers="('1.4.2',)", faults=fault(covers="1.4.2") + fault(name="g", covers="1.4.3")),
            "catalogue: fault for an item its check does not cover",
        ),
        (declared(faults=fault() + fault()), "catalogue: name defined twice"),
    ],
)
def test_each_problem_has_its_reason_and_place(tmp_path: Path, text: str, reason: str) -> None:
    [problem] = read_tree([write(tmp_path, text)]).problems()
    assert problem.reason == reason
    assert problem.where.startswith("test_sec_001.py:")
    assert problem.remedy


def test_own_checks_join_the_packaged_ones_under_a_prefix_of_their_own(tmp_path: Path) -> None:
    base = read_tree([write(tmp_path, CHECK)])
    own = read_tree([write(tmp_path, declared(faults=fault()), "own/test_own.py")])
    assert base.joined(own).ids == {"SEC-001", "ACME-001"}
    taken = read_tree([write(tmp_path, declared("SEC-002", "security"), "own/test_taken.py")])
    with pytest.raises(DeclarationError, match="SEC-002 bears a prefix of the packaged suites"):
        base.joined(taken)


def test_the_checklist_has_174_items() -> None:
    assert len(items()) == len({item.id for item in items()}) == 174
    assert items()[0].text == "Enable Dependabot in GitHub repo settings"


def test_the_packaged_catalogue_is_without_problems() -> None:
    assert packaged_root().is_dir()
    assert packaged().problems() == []
    for entry in packaged():
        assert entry.file == f"{entry.spec.suite}/test_{entry.spec.id.lower().replace('-', '_')}.py"
        assert entry.doc, f"{entry.spec.id} says nothing for `tradeops explain`"


def test_reading_the_catalogue_imports_no_pytest() -> None:
    program = (
        "import sys; from pytest_tradeops.gate.catalogue import packaged; packaged(); sys.exit('pytest' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
