"""The fields and files of a request, however it carries them: in its query, urlencoded, as JSON or as a form."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from ..loopback.http import Request

_PARAMETER = re.compile(rb';\s*([\w*]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))')
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]*)"|([^;]*))', re.IGNORECASE)
_LONGEST_BOUNDARY = 70


class FormError(ValueError):
    """The body cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """What a request carries. Of several fields of one name the first counts."""

    fields: Mapping[str, bytes] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)


def media_type(request: Request) -> str:
    """The type of the body, without parameters, in lower case; empty if it has none."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def multipart(request: Request) -> Form:
    """The parts of a `multipart/form-data` body.

    Raises:
        FormError: boundary, headers or end are not as they should be.
    """
    match = _BOUNDARY.search(request.headers.get("content-type", ""))
    if match is None:
        raise FormError("boundary not found")
    boundary = (match[1] if match[1] is not None else match[2]).strip()
    if not boundary or len(boundary) > _LONGEST_BOUNDARY or not boundary.isascii():
        raise FormError("boundary too big or empty")
    fields: dict[str, bytes] = {}
    files: dict[str, File] = {}
    for name, file, data in _parts(request.body, boundary.encode()):
        if file is None:
            fields.setdefault(name, data)
        else:
            files.setdefault(name, File(file[0], file[1], data))
    return Form(fields, files)


def urlencoded(body: bytes) -> Form:
    """The fields of an urlencoded body. Bytes that are not UTF-8 stay what they are."""
    pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    fields: dict[str, bytes] = {}
    for name, value in pairs:
        fields.setdefault(name, value.encode("latin-1"))
    return Form(fields)


def json_fields(request: Request) -> Form:
    """The fields of a JSON object, each as the text that it would have in a form.

    Raises:
        FormError: it is not JSON, or no object.
    """
    try:
        document = request.json()
    except ValueError as error:
        raise FormError(f"can't parse JSON: {error}") from None
    if not isinstance(document, dict):
        raise FormError("JSON object expected")
    return Form({name: _as_text(value).encode("utf-8", "surrogatepass") for name, value in document.items()})


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, tuple[str, str] | None, bytes]]:
    """Name, file name and type (None for a field), content of every part."""
    chunks = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(chunks) < 2:
        raise FormError("boundary not found in the body")
    if not chunks[-1].startswith(b"--"):
        raise FormError("the body ends before the last boundary")
    for chunk in chunks[1:-1]:
        head, found, data = chunk.partition(b"\r\n\r\n")
        if not found or not head.startswith(b"\r\n"):
            raise FormError("headers in multipart/form-data are empty")
        headers = dict(_headers(head))
        disposition = headers.get(b"content-disposition", b"")
        if not disposition.lower().startswith(b"form-data;"):
            raise FormError("expected form-data content disposition")
        parameters = {name: quoted or plain for name, quoted, plain in _PARAMETER.findall(disposition)}
        if b"name" not in parameters:
            raise FormError("field name in multipart/form-data not found")
        name = parameters[b"name"].decode("utf-8", "replace")
        if b"filename" not in parameters:
            yield name, None, data
            continue
        kind = headers.get(b"content-type", b"application/octet-stream").decode("latin-1")
        yield name, (parameters[b"filename"].decode("utf-8", "replace"), kind), data


def _headers(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in head.split(b"\r\n")[1:]:
        name, found, value = line.partition(b":")
        if not found:
            raise FormError("a header in multipart/form-data has no colon")
        yield name.strip().lower(), value.strip()
