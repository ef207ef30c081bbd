"""Claims about imports are recomputed from the source: each false one is named, and each fault can be planted."""

import copy
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.exceptions import CheckFailed, DeclarationError, Inconclusive
from pytest_tradeops.review.architecture import FALSE, HEAVY, graph_findings, loading_findings, plan_upward_import
from pytest_tradeops.review.architecture_claims import MALFORMED, NotLoaded, parse_claims
from pytest_tradeops.review.imports import Import, read_imports

CLAIMS: dict[str, Any] = {
    "imports_nothing": ["acme"],
    "layers": [
        {"name": "entry", "modules": ["acme.cli", "acme.web"], "sideways": True},
        {"name": "domains", "modules": ["acme.orders", "acme.prices"]},
        {"name": "ground", "modules": ["acme.model"]},
    ],
    "allowed": [{"importer": "acme.orders", "imported": "acme.prices.book"}],
    "forbidden": [{"layers": ["domains", "ground"], "modules": ["flask"]}],
    "not_loaded": [{"by": "acme.cli", "modules": ["colorsys", "json"]}],
}
TREE = {
    "acme/__init__.py": "",
    "acme/cli.py": "import acme.web\nfrom . import orders\n",
    "acme/web.py": "import flask\n",
    "acme/orders/__init__.py": "",
    "acme/orders/engine.py": "from ..model import Row\nfrom . import ids\nfrom ..prices.book import Book\n",
    "acme/orders/ids.py": "",
    "acme/prices/__init__.py": "",
    "acme/prices/book.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from acme.cli import main\n",
    "acme/model.py": "class Row: ...\n",
}


@pytest.fixture(params=["", "src"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The project; its packages lie in what `home` returns."""
    for name, text in TREE.items():
        path = tmp_path / request.param / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def home(root: Path) -> Path:
    return root if (root / "acme").is_dir() else root / "src"


def found(root: Path, table: dict[str, Any] = CLAIMS) -> list[tuple[str, str]]:
    claims = parse_claims(table, "ADR-001")
    return [
        (one.reason, one.where.removeprefix("src/"))
        for one in graph_findings(claims, read_imports(root, claims.packages))
    ]


def test_true_claims_give_nothing(root: Path) -> None:
    assert found(root) == []


def test_imports_of_every_kind_are_in_the_graph(root: Path) -> None:
    (home(root) / "acme" / "web.py").write_text(
        "import importlib, flask.app as a\n"
        "from .orders.engine import *\n"
        "class View:\n    from acme import model\n"
        "def late():\n    from .prices import book as b\n    importlib.import_module('acme.model')\n"
        "key = lambda: __import__('acme.cli')\n"
        "from .... import too_far\n"
        "if not typing.TYPE_CHECKING:\n    import acme.model\nelse:\n    import acme.prices\n"
    )
    imports = [one for one in read_imports(root, ["acme"]).imports if one.importer == "acme.web"]
    assert imports == [
        Import("acme.web", "importlib", 1),
        Import("acme.web", "flask.app", 1),
        Import("acme.web", "acme.orders.engine", 2),
        Import("acme.web", "acme.model", 4),
        Import("acme.web", "acme.prices.book", 6, lazy=True),
        Import("acme.web", "acme.model", 7, lazy=True),
        Import("acme.web", "acme.cli", 8, lazy=True),
        Import("acme.web", "acme.model", 11),
    ]


@pytest.mark.parametrize(
    ("file", "statement"),
    [
        ("acme/model.py", "from acme import cli"),
        ("acme/model.py", "from . import orders"),
        ("acme/model.py", "def late():\n    import acme.prices.book"),
        ("acme/prices/book.py", "from ..orders import ids"),
        ("acme/orders/ids.py", "import acme.prices"),
        ("acme/orders/ids.py", "import flask.app"),
        ("acme/__init__.py", "import os"),
    ],
)
def test_a_false_claim_is_named_with_its_line(root: Path, file: str, statement: str) -> None:
    path = home(root) / file
    path.write_text(f"{statement}\n")
    assert found(root) == [(FALSE, f"{file}:{statement.count(chr(10)) + 1}")]


def test_modules_and_claims_account_for_each_other(root: Path) -> None:
    (home(root) / "acme" / "extra.py").write_text("")
    assert found(root) == [("adr-001: module in no layer", "acme/extra.py")]
    (home(root) / "acme" / "extra.py").unlink()
    (home(root) / "acme" / "web.py").unlink()
    (home(root) / "acme" / "cli.py").write_text("")
    assert found(root) == [("adr-001: claim names no module", "")]
    (home(root) / "acme" / "web.py").write_text("def (")
    assert found(root) == [("adr-001: module cannot be read", "acme/web.py")]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"layer": []}, "unknown key 'layer'. (ADR-001) Did you mean 'layers'?"),
        ({"layers": CLAIMS["layers"][:1], "allowed": [], "forbidden": []}, "fewer than two layers"),
        ({"layers": "entry", "allowed": [], "forbidden": []}, "not a list of tables"),
        ({"layers": [*CLAIMS["layers"], {"name": "x", "modules": ["acme.y"], "sidewards": True}]}, "'sidewards'"),
        ({"layers": [*CLAIMS["layers"], {"name": "x", "modules": ["acme.y"], "sideways": 1}]}, "true or false"),
        ({"layers": [*CLAIMS["layers"], {"name": "x", "modules": ["acme.cli"]}]}, "in two layers"),
        ({"layers": [*CLAIMS["layers"], {"name": "x", "modules": "acme.y"}]}, "not a list of names"),
        ({"layers": [*CLAIMS["layers"], {"modules": ["acme.y"]}]}, "needs name"),
        ({"allowed": [{"importer": "acme.model", "imported": "acme.cli"}]}, "not sideways"),
        ({"allowed": [{"importer": "acme.gone", "imported": "acme.prices"}]}, "not sideways"),
        ({"forbidden": [{"layers": ["domain"], "modules": ["flask"]}]}, "Did you mean 'domains'?"),
        ({"not_loaded": [{"by": "acme.cli", "modules": []}]}, "not a list of names"),
        ({"imports_nothing": "acme"}, "not a list of names"),
    ],
)
def test_malformed_claims_are_never_read_as_fewer_claims(change: dict[str, Any], says: str) -> None:
    with pytest.raises(CheckFailed) as caught:
        parse_claims({**CLAIMS, **change}, "ADR-001")
    assert set(caught.value.reasons) == {MALFORMED}
    assert says in str(caught.value)


def test_what_an_import_loads_is_seen_in_a_child(root: Path) -> None:
    (home(root) / "acme" / "web.py").write_text("print('noise'); import colorsys\n")
    assert loading_findings(NotLoaded("acme.model", ("colorsys",)), root, Path(sys.executable)) == ()
    (finding,) = loading_findings(NotLoaded("acme.cli", ("colorsys", "wave")), root, Path(sys.executable))
    assert (finding.reason, finding.message) == (HEAVY, "Importing acme.cli loads colorsys.")


@pytest.mark.parametrize(
    ("by", "modules", "says"),
    [
        ("acme.web", ("colorsys",), "No module named 'flask'"),
        ("acme.gone", ("colorsys",), "No module named 'acme.gone'"),
        ("colorsys", ("wave",), "outside the project"),
        ("acme.model", ("sys",), "loads sys at its start"),
    ],
)
def test_what_cannot_be_said_is_inconclusive(root: Path, by: str, modules: tuple[str, ...], says: str) -> None:
    with pytest.raises(Inconclusive, match=says):
        loading_findings(NotLoaded(by, modules), root, Path(sys.executable))


def test_an_import_that_hangs_is_inconclusive(root: Path) -> None:
    (home(root) / "acme" / "model.py").write_text("import threading\nthreading.Event().wait()\n")
    with pytest.raises(Inconclusive, match="took over"):
        loading_findings(NotLoaded("acme.model", ("wave",)), root, Path(sys.executable), timeout=1)


@pytest.mark.parametrize(
    "model",
    [
        "import os; os._exit(0)",
        "raise SystemExit",
        "import atexit; atexit.register(print, 'bye')",
        "import atexit; atexit.register(print, '[1, 2]')",
        "import atexit; atexit.register(print, '[1, 2, 3]')",
        "import atexit; atexit.register(print, '[\"x\", [[]], []]')",
        'import atexit; atexit.register(print, \'["x", [], ["other"]]\')',
        "import atexit; atexit.register(print, '[' * 100000)",
    ],
)
def test_a_child_that_says_nothing_usable_is_inconclusive(root: Path, model: str) -> None:
    (home(root) / "acme" / "model.py").write_text(model + "\n")
    with pytest.raises(Inconclusive, match=r"^Importing acme.model in a child ended well but did not say"):
        loading_findings(NotLoaded("acme.model", ("wave",)), root, Path(sys.executable))


@pytest.mark.parametrize(("text", "says"), [("#!/bin/sh\n", "did not say"), ("garbage", "cannot be started")])
def test_an_interpreter_that_is_none_is_inconclusive(root: Path, text: str, says: str) -> None:
    python = root / "python"
    python.write_text(text)
    python.chmod(0o755)
    with pytest.raises(Inconclusive, match=says):
        loading_findings(NotLoaded("acme.model", ("wave",)), root, python)


def test_the_planted_import_is_found_and_breaks_nothing_else(root: Path) -> None:
    claims = parse_claims(CLAIMS, "ADR-001")
    path, text = plan_upward_import(claims, read_imports(root, claims.packages))
    (root / path).write_text((root / path).read_text() + text)
    assert [reason for reason, _ in found(root)] == [FALSE]
    assert loading_findings(NotLoaded("acme.model", ("acme.cli",)), root, Path(sys.executable)) == ()


def test_nothing_is_planted_where_no_two_layers_have_modules(root: Path) -> None:
    table = copy.deepcopy(CLAIMS)
    claims = parse_claims({"layers": [{"name": "a", "modules": ["no.x"]}, *table["layers"][2:]]}, "ADR-001")
    with pytest.raises(DeclarationError):
        plan_upward_import(claims, read_imports(root, claims.packages))


def test_a_module_that_is_not_python_is_named_in_the_reason(root: Path) -> None:
    (home(root) / "acme" / "web.py").write_text("import flask\n\ndef broken(:\n")
    claims = parse_claims(CLAIMS, "ADR-001")
    (finding,) = [one for one in graph_findings(claims, read_imports(root, claims.packages)) if "parsed" in one.message]
    assert "(web.py, line 3)" in finding.message
    assert "unknown" not in finding.message
