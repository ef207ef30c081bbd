"""Scripts that run the gate: what is taken for one that blocks does block when a real shell runs it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tradeops.security.promotion.shell import find

FILES = {
    "Makefile": "all: x\n\tls\nverify: setup ## x\n\t.venv/bin/tradeops verify --profile local\nsetup:\n\ttrue\n"
    "loose:\n\t-tradeops verify\nlost:\n\ttradeops verify || true\nlong:\n\t@set -e; \\\n\ttradeops verify\n",
    ".ci/run": "#!/usr/bin/env bash\n# tradeops verify\nset -euo pipefail\nmake test\nmake verify\n",
    ".ci/blind": "#!/bin/sh\ntradeops verify\nls\n",
    ".ci/loop": "#!/bin/sh -e\n.ci/loop\n",
}
BLOCK = [
    "tradeops verify",
    "tradeops verify # || true",
    ".venv/bin/tradeops verify --profile 'a b' > log 2>&1",
    "uv run --extra all tradeops verify",
    "uvx --from pytest-tradeops tradeops verify",
    "python -m pytest_tradeops verify",
    "python3.12 -P -m pytest --tradeops-gate local -q",
    "pytest --tradeops-gate=local",
    "A=1 B='|| true' nice timeout 600 tradeops verify",
    "cd bot && tradeops verify",
    "set -x\nsource .venv/bin/activate\ntradeops verify\necho done",
    "tradeops verify; ls",
    "[ -n \"$X\" ] || exit 1\ntradeops verify",
    "if [ -n \"$X\" ]; then\n  ls\nfi\ntradeops verify",
    "tradeops verify \\\n  --profile x",
    "trap 'echo \"exit-code=$?\" >> \"$GITHUB_OUTPUT\"' EXIT\ntradeops verify ${P:+--profile \"$P\"}",
    "make verify",
    "make -C . setup verify",
    "make long",
    ".ci/run",
    "./.ci/run",
    "bash -e .ci/blind",
    "set +e\nls\nset -e\ntradeops verify\nls",
    "set -o pipefail\ntradeops verify | tee log",
]  # fmt: skip
CANNOT = [
    "tradeops verify || true",
    "tradeops verify ||\n  true",
    "tradeops verify --tag '#x' || true",
    "tradeops verify | tee log",
    "tradeops verify &\nwait",
    "tradeops verify && ls\nls",
    "set +e\ntradeops verify\nls",
    "set +o errexit\ntradeops verify; ls",
    "! tradeops verify",
    "if tradeops verify; then ls; fi",
    "while tradeops verify; do ls; done",
    "trap 'exit 0' EXIT\ntradeops verify",
    "cat <<EOF\ntradeops verify\nEOF",
    "make loose",
    "make lost",
    "make -i verify",
    "make -n verify",
    "sh .ci/blind",
    ".ci/blind",
]
SKIPPED = [
    "if [ -n \"$X\" ]; then\n  tradeops verify\nfi",
    "[ -n \"$X\" ] && exit 0\ntradeops verify",
    "exit\ntradeops verify",
    "exec ls\ntradeops verify",
    "gate() {\n  tradeops verify\n}",
    "gate(){\n  tradeops verify\n}",
    "case $X in\n  a)\n    tradeops verify\n    ;;\nesac",
    "true || tradeops verify",
    "cd bot && tradeops verify\necho done",
    "( tradeops verify ) || true",
    "x=$(tradeops verify) || true",
    "# it ends \\\nexit 0\ntradeops verify",
    "for one in $X; do\n  tradeops verify\ndone",
]  # fmt: skip
NONE = [
    "", "#\n", "echo tradeops verify", "tradeops list", "tradeops verify --help", "pytest -q", "make", "make none", ".ci/loop",
    "pytest --tradeops-gate local --collect-only", "pip install tradeops verify", "# tradeops verify", ".ci/none",
    "echo 'x\ntradeops verify'", "cat tradeops verify", "uv run --with tradeops verify",
]  # fmt: skip


@pytest.mark.parametrize("script", BLOCK)
def test_plain_calls_block(script: str) -> None:
    gate = find(script, FILES.get)
    assert gate is not None
    assert gate.objection == ""


@pytest.mark.parametrize("script", CANNOT)
def test_what_hides_the_end_is_an_objection(script: str) -> None:
    gate = find(script, FILES.get)
    assert gate is not None
    assert (gate.objection != "", gate.skipped) == (True, False)


@pytest.mark.parametrize("script", SKIPPED)
def test_what_may_not_be_reached_is_another(script: str) -> None:
    gate = find(script, FILES.get)
    assert gate is not None
    assert (gate.objection != "", gate.skipped) == (True, True)


@pytest.mark.parametrize("script", NONE)
def test_what_is_no_gate_is_none(script: str) -> None:
    assert find(script, FILES.get) is None


@pytest.mark.parametrize(
    ("shell", "blocks"),
    [
        ("", True), ("bash", True), ("sh", True), ("bash --noprofile --norc -eo pipefail {0}", True), ("bash {0}", False),
        ("sh -e {0}", True), ("pwsh", False), ("python", False),
    ],
)  # fmt: skip
def test_a_shell_that_goes_on_hides_all_but_the_last_line(shell: str, blocks: bool) -> None:
    gate = find("tradeops verify\nls", FILES.get, shell)
    last = find("ls\ntradeops verify", FILES.get, shell)
    assert gate is not None
    assert last is not None
    assert ((gate.objection == ""), last.objection) == (blocks, "")


def test_the_default_shell_of_an_action_sees_failures_in_pipes() -> None:
    gate = find("tradeops verify | tee log", FILES.get, "bash")
    assert gate is not None
    assert gate.objection == ""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with programs of which `tradeops` ends as a gate that blocks, and all others end well."""
    root = tmp_path_factory.mktemp("shell")
    for name, code in (("tradeops", 21), ("ls", 0), ("tee", 0)):
        (root / name).write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
        (root / name).chmod(0o755)
    return root


def ended(script: str, place: Path, *options: str) -> int:
    environ: Mapping[str, str] = {"PATH": f"{place}:{os.environ['PATH']}"}
    command = ["bash", "--noprofile", "--norc", *options, "-c", script]
    return subprocess.run(command, cwd=place, env=environ, capture_output=True, check=False, timeout=60).returncode


line = st.sampled_from([
    "tradeops verify", "ls", "true", "false", "set +e", "set -e", "set -o pipefail", "set +o pipefail", "exit 0", "exit 3", "if true",
    "then", "fi", "else", "if ls; then", "{", "}", "(", ")", "f() {", "f", "for x in 1; do", "done", "while false; do", "! ls", ":",
    "case a in", "a)", ";;", "esac", "echo 'x", "'", "# x", "trap 'exit 0' EXIT", "trap - EXIT", "tradeops verify '#' ", "\\", "! tradeops verify",
])  # fmt: skip
joint = st.sampled_from(["\n", "\n", "\n", " && ", " || ", " | ", "; ", " & ", " \\\n", "\n\n"])


parts = st.lists(st.tuples(line, joint).map("".join), max_size=4).map("".join)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=parts, end=joint, after=parts, piping=st.booleans())
def test_bash_agrees_that_the_script_fails(place: Path, before: str, end: str, after: str, piping: bool) -> None:
    """No script is taken for one that blocks which bash ends well; the other way round, strictness is allowed."""
    script = f"{before}tradeops verify{end}{after}"
    gate = find(script, FILES.get, "bash" if piping else "")
    if gate is not None and not gate.objection:
        assert ended(script, place, *(("-eo", "pipefail") if piping else ("-e",))) != 0


@settings(max_examples=300, deadline=None)
@given(script=st.text(st.sampled_from("tradeops verify\n|&;()<>'\"\\#$`{}! -"), max_size=60))
def test_any_text_is_read(script: str) -> None:
    find(script, FILES.get)
