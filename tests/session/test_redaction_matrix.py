"""Every kind of secret, planted in every place that an output of a gated run could carry it, is in none of them.

None of them is the value of a variable here: they are known by their shape alone.
"""

import json
import secrets
from pathlib import Path

import pytest
from planted_secrets import values_of

from pytest_tradeops.security.gitleaks.samples import SECRETS, corpus

from .conftest import Repository

LEAKY = """
import json, logging, subprocess, sys, warnings

TEXTS = json.loads(open("planted.json").read())

@pytest.mark.verification(id="ACME-002", suite="acme", title="it holds")
def test_acme_002(subject, evidence, record_property):
    for number, text in enumerate(TEXTS):
        print("printed", text)
        print("on the other stream", text, file=sys.stderr)
        logging.getLogger("acme").warning("logged %s", text)
        warnings.warn(text)
        record_property(f"property {number}", text)
        evidence.examined(1, "things near " + text)
        evidence.fact(**{f"note {number}": [{"deep": text}]})
        evidence.attach(f"dump-{number}.txt", text)
    subprocess.run([sys.executable, "-c", "print(open('planted.json').read())"])
    {end}

@planted_fault(check="ACME-002", title="broken", expects="acme: broken")
def broken(subject):
    pass
"""

ENDS = {
    "findings": """for text in TEXTS:
        evidence.fail("acme: broken", f"found {text}", where=text, remedy=text)""",
    "a crash": 'raise TypeError("\\n".join(TEXTS))',
    "a chain of crashes": """try:
        raise KeyError(TEXTS)
    except KeyError as error:
        raise RuntimeError(json.dumps(TEXTS)) from error""",
    "inconclusive": "evidence.inconclusive(' and '.join(TEXTS))",
    "skipped": "pytest.skip(str(TEXTS))",
}

ORDINARY = """
import json
import pytest

TEXTS = json.loads(open("planted.json").read())

@pytest.fixture
def broken(request):
    raise RuntimeError(request.param)

@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_asserted(number):
    text = TEXTS[number]
    parts = {"nested": [text]}
    assert text == parts, text

@pytest.mark.parametrize("broken", TEXTS[::5], indirect=True, ids=[str(n) for n in range(len(TEXTS[::5]))])
def test_set_up(broken):
    pass
"""


def planted(repository: Repository) -> list[str]:
    """The texts that were planted, and every value in them."""
    texts = [one.text for one in corpus(secrets.randbits(32), SECRETS, secret=True, rounds=1)]
    assert len(texts) >= 60
    repository.write("planted.json", json.dumps(texts))
    return [value for text in texts for value in values_of(text)]


def outputs(repository: Repository) -> dict[str, str]:
    found = {path.name: path.read_text() for path in (repository.root / "out").iterdir() if path.is_file()}
    assert {Path(name).suffix for name in found} == {".json", ".html", ".md", ".xml"}
    return found


def leaked(values: list[str], found: dict[str, str]) -> list[str]:
    """Each leak's output and line."""
    return [
        f"{name}: {line.strip()[:200]}"
        for name, text in found.items()
        for line in text.splitlines()
        if any(value in line for value in values)
    ]


ALL = ("--tradeops-html=out/r.html", "--tradeops-summary=out/r.md", "--junitxml=out/r.xml", "-rA", "-l", "-vv")


@pytest.mark.parametrize(("end", "workers"), [*((end, 2) for end in ENDS), ("a crash", 0)])
def test_no_kind_of_secret_is_in_any_output_of_a_check(repository: Repository, end: str, workers: int) -> None:
    values = planted(repository)
    repository.check("002", LEAKY.replace("{end}", ENDS[end]))
    result = repository.run("checks", *ALL, "-o", "junit_logging=all", workers=workers)
    assert result.code in (20, 21)
    assert leaked(values, {"terminal": result.output, **outputs(repository)}) == []
    assert "[redacted]" in (repository.root / "out" / "report.json").read_text()


@pytest.mark.parametrize("workers", [0, 2])
def test_none_is_in_the_tracebacks_and_locals_of_the_teams_own_tests(repository: Repository, workers: int) -> None:
    values = planted(repository)
    repository.write("checks/test_own.py", ORDINARY)
    ours = ("-m", "verification(suite='acme') or not verification")
    result = repository.run("checks", *ours, *ALL, "-o", "junit_logging=all", workers=workers, select=False)
    assert result.code in (20, 21)
    assert leaked(values, {"terminal": result.output, **outputs(repository)}) == []
    assert result.output.count("[redacted]") > len(values)
