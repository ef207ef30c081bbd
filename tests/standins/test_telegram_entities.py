"""Telegram's markup: what becomes an entity, what is refused, and with which words."""

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tradeops.standins.telegram_html import parse_html
from pytest_tradeops.standins.telegram_markdown import parse_markdown, parse_markdown_v2
from pytest_tradeops.standins.telegram_text import Entity, EntityError, Formatted, cleaned

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
#: Text to Telegram's own reason, in bytes of UTF-8.
REFUSED = {
    "pnl < -100": 'Unsupported start tag "" at byte offset 4',
    "dd<5%": "Unclosed start tag at byte offset 2",
    "é <5 a>": 'Unsupported start tag "5" at byte offset 3',
    "<b>x": 'Can\'t find end tag corresponding to start tag "b"',
    "x</b>": "Unexpected end tag at byte offset 1",
    "<b>x</i>": 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"',
    "<b>x</b": "Unclosed end tag at byte offset 4",
    "<u a=>x</u>": None,
    "<script>x</script>": 'Unsupported start tag "script" at byte offset 0',
    "<!-- x -->": 'Unsupported start tag "!--" at byte offset 0',
    "<span>x</span>": 'Tag "span" must have class "tg-spoiler" at byte offset 0',
    "<b =x>": 'Empty attribute name in the tag "b" at byte offset 0',
    "<b x": 'Unclosed start tag "b" at byte offset 0',
    "<b x='": "Unclosed start tag at byte offset 0",
    "<a href=http://x>y</a>": "Unexpected end of name token at byte offset 8",
    "<br/>": 'Unsupported start tag "br/" at byte offset 0',
    "<tg-emoji emoji-id='x'>y</tg-emoji>": "Invalid custom emoji identifier specified",
    "&#xD83D;": "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched "
    "surrogate code units",
}


def within(entity: Entity, size: int) -> bool:
    return entity.offset >= 0 and entity.length > 0 and entity.offset + entity.length <= size


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_html_is_refused_in_telegrams_own_words(text: str, reason: str | None) -> None:
    if reason is None:
        assert parse_html(text).text == "x"
        return
    with pytest.raises(EntityError) as refused:
        parse_html(text)
    assert str(refused.value) == reason


@pytest.mark.parametrize(("tag", "kind"), TAGS.items())
def test_every_tag_is_an_entity_in_utf16_units(tag: str, kind: str) -> None:
    assert parse_html(f"😀<{tag}>é</{tag}>") == Formatted("😀é", (Entity(kind, 2, 1),))


def test_links_quotations_and_code_have_what_they_carry() -> None:
    found = parse_html('<a href="https://example.org/a?b=1&amp;c=2">x</a><pre><code class="language-py">y</code></pre>')
    assert found.entities == (
        Entity("text_link", 0, 1, {"url": "https://example.org/a?b=1&c=2"}),
        Entity("pre", 1, 1, {"language": "py"}),
    )
    assert parse_html("<blockquote expandable>x</blockquote>").entities[0].type == "expandable_blockquote"
    assert parse_html('<a href="tg://user?id=7">x</a>').entities[0].extra["user"]["id"] == 7
    assert parse_html("<a>example.org</a>").entities == (Entity("text_link", 0, 11, {"url": "http://example.org/"}),)
    # What is no link becomes text.
    assert parse_html('<a href="grafana">x</a>').entities == ()
    assert parse_html("<B>x</B><code class=language-x>y</code>").entities == (
        Entity("bold", 0, 1),
        Entity("code", 1, 1),
    )


def test_ampersands_that_begin_no_reference_stay() -> None:
    assert (
        parse_html("a & b &nbsp; &lt;&gt;&quot;&amp &#65;&#x42 x=1&matcher=2").text
        == 'a & b &nbsp; <>"& AB x=1&matcher=2'
    )
    assert parse_html("&#9999999999; &#0; &#x110000;").text == "&#9999999999; &#0; &#x110000;"


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_escaped_text_comes_out_as_it_went_in(text: str) -> None:
    assert parse_html(html.escape(text, quote=False)).text == text


@settings(deadline=None)
@given(st.lists(st.sampled_from([*(f"<{tag}>" for tag in TAGS), "x", "é", "😀", "&lt;", "</>", "\n"]), max_size=12))
def test_entities_lie_within_the_text(parts: list[str]) -> None:
    try:
        found = parse_html("".join(parts))
    except EntityError:
        return
    size = len(found.text.encode("utf-16-le")) // 2
    assert all(within(one, size) for one in found.entities)


def test_legacy_markdown() -> None:
    found = parse_markdown("*a* _b_ `c` [d](https://example.org/) \\_")
    assert found.text == "a b c d _"
    assert [one.type for one in found.entities] == ["bold", "italic", "code", "text_link"]
    assert parse_markdown("```py\nx = 1```").entities == (Entity("pre", 0, 5, {"language": "py"}),)
    for text in ("max_drawdown", "*", "```", "[x"):
        place = min(text.index(mark) for mark in "_*`[" if mark in text)
        with pytest.raises(EntityError, match=f"Can't find end of the entity starting at byte offset {place}"):
            parse_markdown(text)


@pytest.mark.parametrize("mark", "_*[]()~`>#+-=|{}.!")
def test_markdown_v2_wants_every_mark_escaped(mark: str) -> None:
    assert parse_markdown_v2(f"a \\{mark} b").text == f"a {mark} b"
    if mark not in "[":
        with pytest.raises(EntityError, match=r"reserved and must be escaped|Can't find end of"):
            parse_markdown_v2(f"a {mark} b")


def test_markdown_v2() -> None:
    found = parse_markdown_v2("*a _b_* __c__ ~d~ ||e|| `f` [g](https://example.org/\\))")
    assert found.text == "a b c d e f g"
    kinds = ["bold", "italic", "underline", "strikethrough", "spoiler", "code", "text_link"]
    assert [one.type for one in found.entities] == kinds
    assert parse_markdown_v2(">a\n>b\nc").entities == (Entity("blockquote", 0, 4),)
    assert parse_markdown_v2(">a\n>b||\nc").entities == (Entity("expandable_blockquote", 0, 4),)
    refused = {
        "*a": "Can't find end of Bold entity at byte offset 0",
        "[a](b": "Can't find end of a URL at byte offset 4",
        "![a]": "The entity must contain a tg://emoji or tg://time URL",
        "![a](https://example.org)": "Invalid tg://emoji or tg://time URL specified",
    }
    for text, reason in refused.items():
        with pytest.raises(EntityError) as error:
            parse_markdown_v2(text)
        assert str(error.value) == reason


@settings(deadline=None)
@given(st.text(st.sampled_from("ab\\_*[]()~`>#|!\n\r .é😀tg:/?id=1&lt;<b>")))
def test_no_text_breaks_a_parser(text: str) -> None:
    for parse in (parse_html, parse_markdown, parse_markdown_v2):
        try:
            found = cleaned(parse(text))
        except EntityError:
            continue
        size = len(found.text.encode("utf-16-le")) // 2
        assert all(within(one, size) for one in found.entities)


def test_white_space_around_a_text_goes_and_its_entities_move() -> None:
    bold = Formatted("  \na\tb  ", (Entity("bold", 3, 5),))
    assert cleaned(bold) == Formatted("a b", (Entity("bold", 0, 3),))
    assert cleaned(Formatted("a\r\nb", (Entity("bold", 0, 4),))) == Formatted("a\nb", (Entity("bold", 0, 3),))
    assert cleaned(Formatted("a\r\nb", (Entity("bold", 3, 1),))) == Formatted("a\nb", (Entity("bold", 2, 1),))
    assert cleaned(Formatted(" \n ", ())) == Formatted("")
