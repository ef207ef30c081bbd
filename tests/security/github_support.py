"""GitHub as tests meet it: the stand-in, a check's body on it, and servers that behave as no API does."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_tradeops.exceptions import CheckFailed, Inconclusive
from pytest_tradeops.gate import Evidence
from pytest_tradeops.redaction import Redactor
from pytest_tradeops.security import automerge
from pytest_tradeops.security.github.address import parse_api
from pytest_tradeops.security.github.client import GitHub
from pytest_tradeops.settings import load_settings
from pytest_tradeops.standins.github import GitHubStandin
from pytest_tradeops.subject import Subject, open_subject

VARIABLES = (
    "TRADEOPS_GITHUB_TOKEN", "GITHUB_TOKEN", "TRADEOPS_GITHUB_API", "TRADEOPS_GITHUB_REPOSITORY",
    "GITHUB_API_URL", "GITHUB_REPOSITORY",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How a body ended: with findings, inconclusive with a sentence, or neither."""

    reasons: tuple[str, ...]
    inconclusive: str
    facts: dict[str, Any]
    examined: int
    said: str


def without_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def merging_subject(root: Path, monkeypatch: pytest.MonkeyPatch, files: Mapping[str, str] | None = None) -> Subject:
    """A subject with the workflow that merges patches, as `tradeops init` writes it, and without a token."""
    without_token(monkeypatch)
    for name, text in {automerge.FILE: automerge.starter("main"), **(files or {})}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return open_subject(root, load_settings(root))


def outcome(body: Callable[..., None], subject: Subject, standin: GitHubStandin) -> Outcome:
    evidence = Evidence()
    reasons: tuple[str, ...] = ()
    inconclusive = said = ""
    try:
        body(subject, standin, evidence)
    except CheckFailed as failed:
        reasons, said = failed.reasons, str(failed)
    except Inconclusive as error:
        inconclusive = said = str(error)
    record = evidence.record(Redactor({}))
    return Outcome(reasons, inconclusive, dict(record.facts), sum(one.count for one in record.examined), said)


def client_of(standin: GitHubStandin, **options: Any) -> GitHub:
    return GitHub(parse_api(standin.url), standin.token, **options)


@contextmanager
def serving(answer: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """The address of a server that answers each connection with whatever bytes it likes; see `requests`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads: list[threading.Thread] = []

        def one(near: socket.socket) -> None:
            with near:
                near.settimeout(10)
                received = b""
                try:
                    while b"\r\n\r\n" not in received:
                        part = near.recv(65536)
                        if not part:
                            return
                        received += part
                    answer(near, received)
                except OSError:
                    return  # the client has had enough

        def accept() -> None:
            while True:
                try:
                    near, _ = listener.accept()
                except OSError:
                    return  # the end: see below
                threads.append(threading.Thread(target=one, args=(near,), daemon=True))
                threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()


def response(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """An HTTP answer, its length as told."""
    told = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {told}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
