"""Cited paths and symbols are told from examples, and looked up without importing anything."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.review.citations import CitationReader

MODULE = """
raise SystemExit("imported")
import enum
from elsewhere import Base
LIMIT: int = 3
ONE, (TWO, *REST) = 1, (2, 3)
type Rows = list[int]
if LIMIT:
    def inside() -> None: ...
try:
    import fast as quick
except ImportError:
    quick = None
class Engine:
    size: int
    def __init__(self): self.depth = 1
    class Order: price = 1
class Child(Engine): ...
class Foreign(Base): ...
class Loop(Loop2): ...
class Loop2(Loop): ...
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "acme/__init__.py": "",
        "acme/core.py": MODULE,
        "acme/open.py": "from .core import *\n",
        "acme/deep/x.py": "def f(): ...\n",
        "acme/broken.py": "def (",
        "src/lib/__init__.py": "VALUE = 1\n",
        "docs/adr/ADR-001-x.md": "",
        "pyproject.toml": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def look_up(root: Path, text: str) -> bool | None:
    found = CitationReader(root, root / "docs" / "adr").read(text, "x.md")
    return False if found.findings else (found.resolved == 1 or None)


@pytest.mark.parametrize(
    "cited",
    [
        "acme/core.py",
        "acme/core.py:12",
        "acme/core.py::Engine::depth",
        "acme/deep/",
        "acme/deep",
        "pyproject.toml",
        "core.py",
        "deep/",
        "lib/",
        "ADR-001-x.md",
        "../adr/",
        "acme.core",
        "acme.core:LIMIT",
        "acme.core.LIMIT",
        "acme.core:TWO",
        "acme.core:REST",
        "acme.core:Rows",
        "acme.core:inside()",
        "acme.core.quick",
        "acme.core.Engine.size",
        "acme.core:Engine.depth",
        "acme.core:Child.depth",
        "acme.core.Engine.Order",
        "acme.deep.x:f",
        "lib:VALUE",
    ],
)
def test_what_is_there_is_found(root: Path, cited: str) -> None:
    assert look_up(root, f"See `{cited}`.") is True


@pytest.mark.parametrize(
    "cited",
    [
        "acme/gone.py",
        "gone/core.py",
        "gone.md",
        "acme/gone",
        "acme/core.py/",
        "gone/",
        "acme/core.py::gone",
        "acme.gone",
        "acme.core:gone",
        "acme.core.Engine:size",
        "acme.gone:f",
        "acme.core.Engine.gone",
        "acme.core:Child.gone",
        "acme.core:Loop.gone",
        "acme.broken:f",
        "../../../../../../../../../../../etc/",
    ],
)
def test_what_is_not_there_is_named_with_its_line(root: Path, cited: str) -> None:
    found = CitationReader(root, root / "docs" / "adr").read(f"\n\nSee `{cited}`.", "x.md")
    (finding,) = found.findings
    assert finding.reason == "adr: citation dead"
    assert cited in finding.message
    assert finding.where == "x.md:3"


@pytest.mark.parametrize(
    "word",
    [
        "nosync",
        "asyncio.run",
        "tool.tradeops",
        "/exec",
        "application/json",
        "questdb/questdb:9.3.4",
        "10/00:00:01",
        "acme/*.py",
        "docs/adr/ADR-NNN-slug.md",
        "git log -- acme/gone.py",
        "https://example.org/x.md",
        ".py",
        "acme.open:anything",
        "acme.core:Foreign.anything",
        "",
    ],
)
def test_other_words_are_left_alone(root: Path, word: str) -> None:
    assert look_up(root, f"See `{word}`.") is None


def test_links_are_citations_and_fenced_examples_are_not(root: Path) -> None:
    assert look_up(root, "[x](../../acme/core.py#L3)") is True
    assert look_up(root, "[x](../../acme/gone.py)") is False
    assert look_up(root, "[x](https://example.org/gone.py) [y](#gone) [z](/gone.md)") is None
    assert look_up(root, "```\n[x](gone.md) `acme/gone.py`\n```") is None


@given(text=st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_can_be_asked(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.getbasetemp()
    CitationReader(root, root).read(f"`{text}` [x]({text}) `{text}.md` [y]({'a' * 300}.md)", "x.md")
