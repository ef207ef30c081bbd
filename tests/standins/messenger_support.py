"""Plain requests to a stand-in, without any of the product's own clients."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def call(url: str, method: str = "POST", body: bytes = b"", kind: str = "", timeout: float = 10) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, {"Content-Type": kind} if kind else {})
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def post_json(url: str, value: Any) -> Answer:
    return call(url, body=json.dumps(value).encode(), kind="application/json")


def post_form(url: str, **fields: str) -> Answer:
    return call(url, body=urlencode(fields).encode(), kind="application/x-www-form-urlencoded")


def post_multipart(url: str, fields: dict[str, str], files: dict[str, tuple[str, bytes]] | None = None) -> Answer:
    lines: list[bytes] = []
    for name, value in fields.items():
        lines.append(f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, (file, data) in (files or {}).items():
        head = f'--B\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\nContent-Type: image/png\r\n\r\n'
        lines.append(head.encode() + data + b"\r\n")
    return call(url, body=b"".join(lines) + b"--B--\r\n", kind="multipart/form-data; boundary=B")
