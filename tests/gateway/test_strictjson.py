"""JSON is read strictly: what a lax parser would let through is refused, with a reason that repeats nothing."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdline.gateway.strictjson import DEEPEST, Unreadable, read


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    """An object whose one value is nested so deep that the whole has this depth."""
    return b'{"a":' + opening.encode() * (depth - 1) + closing.encode() * (depth - 1) + b"}"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "JSON", id="J1 empty"),
        pytest.param(b"null", "object", id="J2 null"),
        pytest.param(b'"text"', "object", id="J2 scalar"),
        pytest.param(b"[{}]", "object", id="J2 array"),
        pytest.param(b'{"a":1e400}', "range", id="J9 1e400"),
        pytest.param(b'{"a":NaN}', "finite", id="J9 NaN"),
        pytest.param(b'{"a":-Infinity}', "finite", id="J9 infinity"),
        pytest.param(b'{"a":' + b"9" * 5000 + b"}", "JSON", id="J9 5,000 digits"),
        pytest.param(nested(DEEPEST + 1), "deep", id="J12 33"),
        pytest.param(nested(500), "deep", id="J12 500"),
        pytest.param(b'{"a":' + b"[" * 100_000, "deep", id="J12 100,000"),
        pytest.param(b'{"severity":"LOW","severity":"CRITICAL"}', "twice", id="J13 a key twice"),
        pytest.param(b'{"a":[{"b":1,"b":1}]}', "twice", id="J13 inside"),
        pytest.param(b'{"a":"\xff"}', "UTF-8", id="E1 invalid"),
        pytest.param(b'{"a":"\xc0\xaf"}', "UTF-8", id="E2 overlong"),
        pytest.param(b'{"a":"\\ud800"}', "UTF-8", id="E3 lone surrogate"),
        pytest.param(b'{"\\udc00":1}', "UTF-8", id="E3 in a key"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', "mark", id="E4 byte order mark"),
        pytest.param('{"a":1}'.encode("utf-16"), "UTF-8", id="E5 UTF-16"),
        pytest.param(b'{"a":"caf\xe9"}', "UTF-8", id="E6 latin-1"),
        pytest.param(b'{"a":"\x01"}', "JSON", id="E9 control character"),
        pytest.param(b'{"a":1} {"b":2}', "JSON", id="two values"),
        pytest.param(b"{'a':1}", "JSON", id="Python"),
    ],
)
def test_what_is_not_strict_json_is_refused(body: bytes, why: str) -> None:
    """The reason says what kind of mistake it is."""
    with pytest.raises(Unreadable, match=why):
        read(body)


def test_brackets_inside_texts_are_not_depth() -> None:
    """Only structure counts, also behind escaped quotes."""
    assert {"a": '"' + "[" * 100} == read(json.dumps({"a": '"' + "[" * 100}).encode())
    assert read(nested(DEEPEST))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_ordinary_json_is_read_as_it_is(value: dict[str, object]) -> None:
    """Whatever a careful sender writes is understood."""
    assert value == read(json.dumps(value).encode())


@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode(errors="surrogatepass")))
def test_nothing_but_unreadable_is_ever_raised(body: bytes) -> None:
    """Any bytes at all are an object or refused."""
    with suppress(Unreadable):
        assert isinstance(read(body), dict)


FRAGMENTS = st.sampled_from(
    ["{", "}", "[", "]", ",", ":", '"a"', '"\\ud800"', "1e999", "NaN", "-0", "1", "null", "true", '"', "\\"]
)


@given(st.lists(FRAGMENTS, max_size=24))
def test_no_arrangement_of_fragments_breaks_the_reader(fragments: list[str]) -> None:
    """Pieces of JSON in any order are an object or refused."""
    with suppress(Unreadable):
        assert isinstance(read("".join(fragments).encode()), dict)
