"""Which DSNs in sources are findings, and which are not."""

import hashlib
import time
from pathlib import Path

import pytest

from pytest_tradeops.standins.dsn_literals import find_dsns, scan

# Computed: a key that looks real would be a finding of every secret scanner, and a random one in a test's id would
# make xdist's workers collect different tests.
KEY, OTHER = (hashlib.sha256(name).hexdigest()[:32] for name in (b"public", b"secret"))


@pytest.mark.parametrize(
    "dsn",
    [
        f"https://{KEY}@o4507.ingest.sentry.io/4508",
        f"https://{KEY}@o4507.ingest.us.sentry.io/4508",
        f"https://{KEY}@o4507.ingest.de.sentry.io/4508",
        f"https://{KEY}@sentry.io/12",
        f"https://{KEY}:{OTHER}@sentry.io/12",
        f"https://{KEY}@errors.acme.io/7",
        f"http://{KEY}@sentry:9000/7",
        f"http://{KEY}@10.0.0.5:9000/sentry/7",
        f"https://{KEY}@[2001:db8::1]:9000/7",
        f"https://{KEY.upper()}@glitchtip.acme.io/1",
    ],
)
@pytest.mark.parametrize("form", ['DSN = "{}"', "  dsn: {}", "dsn = '{}'  # production", "# see {}", "init('{}', 1)"])
def test_real_dsns_are_found_on_every_host_and_in_every_place(dsn: str, form: str) -> None:
    assert find_dsns(f"first line\n{form.format(dsn)}\n") == [2]


@pytest.mark.parametrize(
    "text",
    [
        f"http://{KEY}@127.0.0.1:9000/1",
        f"http://{KEY}@localhost/1",
        f"http://{KEY}@[::1]:8000/1",
        f"https://{KEY}@sentry.example.com/1",
        f"https://{KEY}@sentry.example/1",
        f"https://{KEY}@sentry.test/1",
        "https://examplePublicKey@o0.ingest.sentry.io/0",
        "https://yourPublicKeyHere@o0.ingest.sentry.io/0",
        "https://00000000000000000000000000000000@o0.ingest.sentry.io/0",
        "https://0123456789abcdef0123456789abcdef@o0.ingest.sentry.io/0",
        "https://key@sentry.io/1",
        "https://<key>@o0.ingest.sentry.io/<project>",
        'f"https://{key}@o0.ingest.sentry.io/{project}"',
        "https://${SENTRY_KEY}@o0.ingest.sentry.io/1",
        "https://deploy@git.acme.io/team/7",
        f"https://acme.io/{KEY}/7",
        f"https://{KEY}@acme.io/team/bot.git",
        "postgresql://admin:quest@10.0.0.5:8812/7",
    ],
)
def test_loopback_placeholders_and_other_urls_are_not(text: str) -> None:
    assert find_dsns(f'x = "{text}"', python=True) == []


@pytest.mark.parametrize(
    "code",
    [
        f'DSN = "https://{KEY[:9]}" "{KEY[9:]}@o1.ingest.sentry.io/1"',
        f'DSN = "https://" + "{KEY}" + "@o1.ingest.sentry.io/1"',
        f'DSN = (\n    "https://{KEY}"\n    "@o1.ingest.sentry.io/1"\n)',
    ],
)
def test_a_dsn_that_was_cut_in_two_is_found_in_python(code: str) -> None:
    assert len(find_dsns(code, python=True)) == 1
    assert find_dsns(code) == []


def test_broken_and_generated_python_is_read_all_the_same() -> None:
    dsn = f"https://{KEY}@o1.ingest.sentry.io/1"
    assert find_dsns(f"def (:\n'{dsn}'", python=True) == [2]
    assert find_dsns("x = '://' + " + " + ".join(["'a'"] * 5000), python=True) == []
    assert find_dsns(f"x = '\\d://'  # an invalid escape\ny = '{dsn}'", python=True) == [2]


def test_it_is_linear_on_hostile_text() -> None:
    start = time.process_time()
    find_dsns("https://" * 100_000)
    find_dsns("https://" + "a" * 40 + "@" + "b/" * 200_000)
    find_dsns(("https://" + "a" * 60 + "@h/") * 20_000)
    assert time.process_time() - start < 5


def test_a_scan_reads_python_toml_and_yaml_and_says_where(tmp_path: Path) -> None:
    dsn = f"https://{KEY}@o1.ingest.sentry.io/1"
    for name in ("a.py", "b.toml", "c.yaml", "deep/d.yml", "e.txt", ".venv/f.py", "node_modules/g.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"\nx = '{dsn}'\n")
    (tmp_path / "clean.py").write_bytes(b"x = 1 \xff\n")
    assert scan(tmp_path) == (5, ["a.py:2", "b.toml:2", "c.yaml:2", "deep/d.yml:2"])
    assert scan(tmp_path, ["a.py", "e.txt", "gone.py"]) == (1, ["a.py:2"])
