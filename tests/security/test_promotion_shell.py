"""Scripts that run the gate: what is taken for one that blocks does block when a real shell runs it."""

import os
import shutil
import subprocess
import time
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
    "trap 'exec true' EXIT\ntradeops verify",
    "shopt -uo errexit\ntradeops verify\nls",
    "set -n\ntradeops verify",
    "tradeops() { true; }\ntradeops verify",
    "function make { true; }\nmake verify",
    "shopt -s expand_aliases\nalias tradeops=true\ntradeops verify",
    "hash -p /bin/true tradeops\ntradeops verify",
    "export BASH_ENV=x\nbash -e .ci/blind",
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
    "command -v tradeops verify", "uv tool install --upgrade tradeops verify", "uv run echo tradeops verify", "timeout 5 echo tradeops verify",
    "pytest --fixtures --tradeops-gate local", "pytest --markers --tradeops-gate local", "pytest --tradeops-gate=", "bash -n .ci/blind",
    "tradeops verify --subject other", "tradeops --subject=../clean verify", "pytest --tradeops-gate local --tradeops-subject /tmp/x",
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
        ("sh -e {0}", True), ("pwsh", False), ("bash -l {0}", False), ("/bin/bash -leo pipefail {0}", True),
    ],
)  # fmt: skip
def test_a_shell_that_goes_on_hides_all_but_the_last_line(shell: str, blocks: bool) -> None:
    gate = find("tradeops verify\nls", FILES.get, shell)
    last = find("ls\ntradeops verify", FILES.get, shell)
    assert gate is not None
    assert last is not None
    assert ((gate.objection == ""), last.objection) == (blocks, "")


@pytest.mark.parametrize(
    "shell",
    [
        "python", "cat {0}", "true {0}", "bash -n {0}", "bash -ec '. {0} || true'", "bash -e {0} || true", "bash -c true",
        "bash -o noexec {0}", "env {0}", "sh -e {0} x", "sh -e",
    ],
)  # fmt: skip
def test_a_shell_that_may_not_run_the_script_leaves_it_open(shell: str) -> None:
    gate = find("tradeops verify", FILES.get, shell)
    assert gate is not None
    assert (gate.objection != "", gate.unclear) == (True, True)


VERIFY = "verify:\n\ttradeops verify\n"


@pytest.mark.parametrize(
    ("makefile", "call", "end"),
    [
        (f".PHONY: verify\n{VERIFY}", "make verify", "blocks"),
        (f"all: lint verify\nlint:\n\tls\n{VERIFY}", "make", "blocks"),
        (f"all: lint | verify # both\nlint:\n\tls\n{VERIFY}", "make -j4 -s all", "blocks"),
        ("verify: ; tradeops verify\n", "make verify", "blocks"),
        (f"SHELL := /bin/bash\n.SHELLFLAGS := -eu -o pipefail -c\n.ONESHELL:\n{VERIFY}\ttrue\n", "make verify", "blocks"),
        (f"-include .env\nMAKEFLAGS += --no-print-directory\n{VERIFY}", "make verify", "blocks"),
        (f"ifeq ($(CI),true)\nX = 1\nendif\n{VERIFY}", "make X=1 verify", "blocks"),
        (VERIFY, "make -i verify", "cannot"),
        (VERIFY, "make --touch verify", "cannot"),
        (f".IGNORE:\n{VERIFY}", "make verify", "cannot"),
        (f".ONESHELL:\n{VERIFY}\ttrue\n", "make verify", "open"),
        (f"SHELL := /bin/true\n{VERIFY}", "make verify", "open"),
        (f".SHELLFLAGS := -n -c\n{VERIFY}", "make verify", "open"),
        (f"{VERIFY}verify:\n\ttrue\n", "make verify", "open"),
        (VERIFY, "make -f other.mk verify", "open"),
        (VERIFY, "make -C bot verify", "open"),
        (VERIFY, "make verify SHELL=/bin/true", "open"),
        (f"MAKEFLAGS += -i\n{VERIFY}", "make verify", "open"),
        (f"{VERIFY}include more.mk\n", "make verify", "open"),
        (f"include $(MORE)\n{VERIFY}", "make verify", "open"),
        (f"ifdef X\n{VERIFY}else\nverify:\n\ttrue\nendif\n", "make verify", "open"),
        ("bot: \n\ttradeops verify\n", "make bot", "open"),
        (".PHONY: bot\nbot: \n\ttradeops verify\n", "make bot", "blocks"),
        (VERIFY, "MAKEFLAGS=-i make verify", "cannot"),
        ("verify: verify\n", "make verify", "none"),
        ("", "make", "none"),
    ],
)  # fmt: skip
def test_a_makefile_is_read_as_far_as_it_is_plain(makefile: str, call: str, end: str) -> None:
    gate = find(call, {"Makefile": makefile, "more.mk": "", "bot": ""}.get)
    found = "none" if gate is None else "open" if gate.unclear else "cannot" if gate.objection else "blocks"
    assert found == end, gate


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
    "shopt -uo errexit", "tradeops() { ls; }", "trap 'exec ls' EXIT", "set -n", "case a in", "a)", ";;", "esac", "echo 'x", "'", "# x", "trap 'exit 0' EXIT", "trap - EXIT", "tradeops verify '#' ", "\\", "! tradeops verify",
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


@pytest.mark.parametrize(
    "text", ["ifeq (a,b)\n" * 50_000, "a" + " " * 500_000, "MAKEFLAGS = " + "s" * 500_000 + "!", "\t\n" * 200_000]
)
def test_a_makefile_of_any_size_is_read_in_no_time(text: str) -> None:
    start = time.process_time()
    find("make verify", {"Makefile": text}.get)
    assert time.process_time() - start < 3


@settings(max_examples=300, deadline=None)
@given(script=st.text(st.sampled_from("tradeops verify\n|&;()<>'\"\\#$`{}! -"), max_size=60))
def test_any_text_is_read(script: str) -> None:
    find(script, FILES.get)
