"""Signatures: the vectors of Binance's public documentation, and what is signed."""

import pytest

from pytest_tradeops.venue.binance.common.errors import BinanceError
from pytest_tradeops.venue.binance.common.request import Number, from_frame, from_http
from pytest_tradeops.venue.kit.keys import ApiKey

KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
HMAC = ApiKey(name="docs", account="a", api_key=KEY, api_secret=SECRET, key_type="hmac")
FORM = "application/x-www-form-urlencoded"

ASCII = "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
#: Query, body and signature, from the REST documentation; the third from its earlier editions.
REST = {
    "query": (f"symbol=LTCBTC&{ASCII}", "", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
    "percent-encoded": (
        f"symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&{ASCII}",
        "",
        "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
    ),
    "query and body": (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC",
        "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
        "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77",
    ),
    "body": ("", f"symbol=LTCBTC&{ASCII}", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
}


@pytest.mark.parametrize("name", REST)
@pytest.mark.parametrize("place", ["end of query", "start of query", "body"])
def test_documented_signatures_over_http(name: str, place: str) -> None:
    query, body, signature = REST[name]
    given = f"signature={signature}"
    if place == "body":
        sent = from_http(query, "&".join(filter(None, (body, given))).encode(), FORM)
    else:
        parts = (query, given) if place == "end of query" else (given, query)
        sent = from_http("&".join(filter(None, parts)), body.encode(), FORM)
    assert sent.payload == (query + body).encode()
    assert sent.signature == signature
    assert HMAC.verify(sent.payload, sent.signature)
    assert HMAC.verify(sent.payload, sent.signature.upper()), "HMAC signatures are not case-sensitive"
    assert not HMAC.verify(sent.payload + b"0", sent.signature)


def test_a_symbol_outside_ascii_is_read_as_it_is_meant() -> None:
    assert from_http(REST["percent-encoded"][0], b"", "").params["symbol"] == "\uff11\uff12\uff13\uff14\uff15\uff16"


@pytest.mark.parametrize(
    ("symbol", "price", "quantity", "side", "window", "signature"),
    [
        (
            "BTCUSDT",
            "52000.00",
            "0.01000000",
            "SELL",
            100,
            "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24",
        ),
        (
            "\uff11\uff12\uff13\uff14\uff15\uff16",
            "0.10000000",
            "1.00000000",
            "BUY",
            5000,
            "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd",
        ),
    ],
)
def test_documented_signatures_over_frames(
    symbol: str, price: str, quantity: str, side: str, window: int, signature: str
) -> None:
    sent = from_frame(
        {
            "symbol": symbol,
            "side": side,
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": quantity,
            "price": price,
            "recvWindow": window,
            "timestamp": 1645423376532,
            "apiKey": KEY,
            "signature": signature,
        }
    )
    assert HMAC.verify(sent.payload, sent.signature or "")


def test_a_number_in_a_frame_is_signed_as_it_was_written() -> None:
    sent = from_frame({"price": Number("0.10"), "on": True, "n": 5, "signature": "x"})
    assert sent.payload == b"n=5&on=true&price=0.10"


#: RFC 8032, section 7.1, test 2; its seed in the PKCS#8 frame that Binance's keys have.
SEED = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
SIGNED = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_ed25519_by_the_vector_of_its_standard() -> None:
    import base64

    der = base64.b64encode(bytes.fromhex("302e020100300506032b657004220420" + SEED)).decode()
    pem = f"-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n"
    key = ApiKey(name="rfc", account="a", api_key=KEY, api_secret=pem, key_type="ed25519")
    signature = base64.b64encode(bytes.fromhex(SIGNED)).decode()
    assert key.sign(b"\x72") == signature
    assert key.verify(b"\x72", signature)
    assert not key.verify(b"\x73", signature)
    assert not key.verify(b"\x72", signature.swapcase()), "Ed25519 signatures are case-sensitive"
    assert not key.verify(b"\x72", SIGNED), "hex is not base64"


def test_a_plus_in_base64_survives_unencoded_and_encoded() -> None:
    assert from_http("a=1&signature=ab+/c=", b"", "").signature == "ab+/c="
    assert from_http("a=1&signature=ab%2B%2Fc%3D", b"", "").signature == "ab+/c="


def test_the_query_counts_where_query_and_body_differ() -> None:
    sent = from_http("quantity=1", b"quantity=2&price=3", FORM)
    assert sent.params == {"quantity": "1", "price": "3"}


@pytest.mark.parametrize(
    ("query", "body", "code"),
    [("a=1&a=2", "", -1101), ("", "a=1&a=2", -1101), ("signature=1&signature=2", "", -1101), ("a=%ff", "", -1100)],
)
def test_what_cannot_be_read_is_refused(query: str, body: str, code: int) -> None:
    with pytest.raises(BinanceError) as refused:
        from_http(query, body.encode(), FORM)
    assert refused.value.code == code


def test_a_body_of_another_type_is_signed_and_not_read() -> None:
    sent = from_http("a=1", b'{"b":2}', "application/json")
    assert sent.params == {"a": "1"}
