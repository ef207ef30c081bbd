"""Secrets in texts: found in every form that is named, and nowhere else. All secrets are made up while this runs."""

import base64
import json
import random
import string
import urllib.parse

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from pytest_tradeops.node.leaks import WINDOW, Secret, find, too_short

LETTERS = string.ascii_letters + string.digits + "+/"
SECRETS = st.text(LETTERS, min_size=24, max_size=80)
AROUND = st.text(st.characters(codec="utf-8"), max_size=40)


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(one):04x}" for one in text)


def grouped(text: str) -> str:
    return ":".join(text.encode()[at : at + 1].hex() for at in range(len(text)))


FORMS = {
    "as it is": lambda text: text,
    "shouted": str.upper,
    "quoted": lambda text: urllib.parse.quote(text, safe=""),
    "wholly quoted": lambda text: "".join(f"%{ord(one):02X}" for one in text),
    "json": json.dumps,
    "escaped": escaped,
    "reversed": lambda text: text[::-1],
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "grouped hex": grouped,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "urlsafe base64": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 of more": lambda text: base64.b64encode(f"user:{text}@host".encode()).decode(),
    "base64 in lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "utf-16": lambda text: text.encode("utf-16").decode("utf-8", "replace"),
    "first half": lambda text: text[: len(text) // 2],
    "second half": lambda text: text[len(text) // 2 :],
    "all but the ends": lambda text: text[4:-4],
}


@pytest.mark.parametrize("form", FORMS)
@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_every_form_is_found_in_any_text(form: str, secret: str, before: str, after: str) -> None:
    text = f"{before} {FORMS[form](secret)} {after}"
    assert [one.partition(",")[0] for one in find({"key": secret}, text)] == ["key"]


@given(secret=SECRETS, seed=st.integers(0, 2**32))
def test_other_random_text_is_no_leak(secret: str, seed: int) -> None:
    noise = "".join(random.Random(seed).choices(LETTERS, k=2000))
    assert find({"key": secret}, noise) == []


@given(secret=st.text(string.ascii_letters, min_size=40, max_size=64))
def test_what_a_mask_leaves_is_no_leak(secret: str) -> None:
    left = secret[: WINDOW // 2 - 1]
    assert find({"key": secret}, f"key={left}...{secret[-4:]}") == []


def pem() -> str:
    encoding, format_ = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(encoding, format_, serialization.NoEncryption()).decode()


def test_a_private_key_is_found_by_what_is_its_own() -> None:
    mine, other = pem(), pem()
    assert find({"key": mine}, other) == []  # though the first third of both is the same
    body = mine.splitlines()[1]
    raw = base64.b64decode(body)
    for text in (mine, json.dumps(mine), body, raw.hex(), raw[-32:].hex(), base64.b64encode(raw[-32:]).decode()):
        assert find({"key": mine}, f"x {text} y"), text


def test_a_key_that_is_no_key_is_looked_for_as_text() -> None:
    text = "-----BEGIN PRIVATE KEY-----\n" + "ab" * 10 + "\n-----END PRIVATE KEY-----"
    assert find({"key": text}, text) == ["key, as it is"]


def test_a_short_secret_is_not_looked_for_unseen() -> None:
    assert too_short({"a": "1234567", "b": "12345678"}) == ["a"]


def test_a_secret_does_not_show_itself() -> None:
    assert "hidden" not in repr(Secret("name", "hidden" * 3))
