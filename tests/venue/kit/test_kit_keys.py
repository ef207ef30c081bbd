"""Signatures: the exchanges' own published vectors, and that nothing else passes."""

import base64

import pytest

from pytest_tradeops.venue.accounts import make_key
from pytest_tradeops.venue.kit.keys import ApiKey, Keyring, new_key

#: From Binance's public API documentation, "SIGNED endpoint examples for POST /api/v3/order", HMAC keys.
_BINANCE_SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
_BINANCE_PAYLOAD = (
    b"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
)
_BINANCE_SIGNATURE = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"


def hmac_key(secret: str = _BINANCE_SECRET) -> ApiKey:
    return ApiKey(name="k", account="a", api_key="key", api_secret=secret, key_type="hmac")


def test_binances_documented_signature_is_ours() -> None:
    assert hmac_key().sign(_BINANCE_PAYLOAD) == _BINANCE_SIGNATURE
    assert hmac_key().verify(_BINANCE_PAYLOAD, _BINANCE_SIGNATURE)
    assert hmac_key().verify(_BINANCE_PAYLOAD, _BINANCE_SIGNATURE.upper())


@pytest.mark.parametrize(
    "signature", ["", "0" * 64, _BINANCE_SIGNATURE[:-1], "ü" * 64, "\udc80", _BINANCE_SIGNATURE + " "]
)
def test_another_signature_is_not(signature: str) -> None:
    assert not hmac_key().verify(_BINANCE_PAYLOAD, signature)


def test_a_changed_payload_is_not_signed() -> None:
    assert not hmac_key().verify(_BINANCE_PAYLOAD + b"0", _BINANCE_SIGNATURE)


def test_base64_is_told_from_hex() -> None:
    key = hmac_key()
    signature = key.sign(b"x", encoding="base64")
    assert key.verify(b"x", signature, encoding="base64")
    assert not key.verify(b"x", signature)
    assert not key.verify(b"x", signature.swapcase(), encoding="base64")


def test_an_ed25519_key_signs_with_what_the_client_gets() -> None:
    from cryptography.hazmat.primitives import serialization

    key = new_key("k", "a", "ed25519")
    private = serialization.load_pem_private_key(key.api_secret.encode(), None)
    signature = base64.b64encode(private.sign(b"payload")).decode()  # type: ignore[call-arg,union-attr]
    assert key.api_secret.startswith("-----BEGIN PRIVATE KEY-----")
    assert key.verify(b"payload", signature)
    assert key.sign(b"payload") == signature


@pytest.mark.parametrize("signature", ["", "!!", "ü", "AAAA", base64.b64encode(bytes(64)).decode()])
def test_a_forged_ed25519_signature_is_refused(signature: str) -> None:
    key, other = new_key("k", "a", "ed25519"), new_key("o", "a", "ed25519")
    assert not key.verify(b"payload", signature)
    assert not key.verify(b"payload", other.sign(b"payload"))


def test_nothing_prints_a_secret() -> None:
    for key in (new_key("k", "a", "hmac"), new_key("k", "a", "ed25519")):
        assert key.api_secret not in repr(key)
        assert key.api_secret.splitlines()[0] not in f"{key}"


def test_keys_are_random_and_found_by_their_api_key() -> None:
    first, second = new_key("k", "a", "hmac", ["read"]), new_key("k", "a", "hmac")
    assert first.api_secret != second.api_secret
    ring = Keyring([first, second])
    assert ring.get(first.api_key) is first
    assert ring.get("nobody") is None
    assert first.permissions == {"read"}
    with pytest.raises(ValueError, match="there already"):
        ring.add(first)


def test_lengths_are_the_exchanges() -> None:
    assert len(new_key("k", "a", "hmac").api_key) == 64
    bybit = make_key("bybit", "k", "a", "hmac", ["read"])
    assert (len(bybit.api_key), len(bybit.api_secret)) == (18, 36)
