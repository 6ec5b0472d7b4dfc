"""Text from outside is data: one printable line, bounded, without telephone numbers."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdline.domain.text import MARK, addresses, clean, known_by, person, without_numbers

NUMBERS = [
    "+43 1 234 5678",
    "+43 (0)1 234 5678",
    "+43-171-1234567",
    "+43_664_1234567",
    "+43.664.1234567",
    "(01) 234-56789",
    "0664/1234567",
    "0664 12 34 567",
    "0664\u00a0123\u00a04567",
    "0664\u200b1234567",
    "0664\u2013123\u20134567",
    "+43\u2011664\u20111234567",
    "0664.123.4567",
    "001-234-567-8901",
    "1-800-555-0199",
    "+14155550123",
    "0664123456",
    "0664123456x12",
    "0664123456-",
    "\u0660\u0666\u0666\u0664\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
    "\uff0b\uff14\uff13\uff16\uff16\uff14\uff11\uff12\uff13\uff14\uff15\uff16\uff17",
    "\u202d+43\u202c 664 1234567",
    "tel:+431234567",
    "TEL:1234567",
    "caller:0664123456",
    "ANI: 43664123456",
    "ani=+43664123456",
    "sip:+43664123456@example.com",
    "from:0664123456",
]

OTHERS = [
    "123e4567-e89b-42d3-a456-426614174000",
    "12345678-1234-1234-1234-123456789012",
    "12345678-1234-4abc-8def-123456789012",
    "2026-03-29",
    "2026-03-29.",
    "2026-03-29T01:30:00Z",
    "2026-03-29 01:30:00",
    "192.168.100.200",
    "192.168.1.1.",
    "10.0.0.1:5060",
    "10.20.30.40/24",
    "10.20.30.40 10.20.30.41",
    "2001:db8::1234:5678",
    "trunk-12345678",
    "edge_1234567890",
    "abc12345678",
    "incident/trunk_failure/12345678",
    "12345678901234567890",
    "SIP 503 after 3 of 3 OPTIONS",
    "latency 1234567 ms",
    "v1.32.0",
    "100 of 250 calls, 12.5 %",
]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("sentence", ["{}", "call {} now", "no answer ({}), SIP 503"])
def test_telephone_numbers_are_masked(number: str, sentence: str) -> None:
    """A caller's number is masked however it is written."""
    cleaned = clean(sentence.format(number))
    assert MARK in cleaned
    assert 4 > sum(each.isdigit() for each in cleaned.replace("503", "").replace("x12", ""))


@pytest.mark.parametrize("text", ["0664 1234567 0664 7654321", "0664123456/0664123457", "0664123456, 0664123457"])
def test_several_numbers_are_masked(text: str) -> None:
    """Numbers that stand together are no longer identifier: they are masked as well."""
    assert 0 == sum(each.isdigit() for each in clean(text))


def test_date_before_a_number() -> None:
    """A date does not protect the number behind it."""
    assert f"2026-03-29 {MARK}" == clean("2026-03-29 0664123456")


@pytest.mark.parametrize("text", OTHERS)
@pytest.mark.parametrize("sentence", ["{}", "seen on {} again"])
def test_identifiers_stay(text: str, sentence: str) -> None:
    """Ids, dates, addresses and measurements are what an operator needs: they stay."""
    assert sentence.format(text) == clean(sentence.format(text))


@given(st.text(max_size=2000), st.integers(min_value=1, max_value=300))
def test_one_printable_line(text: str, limit: int) -> None:
    """Whatever comes in, one printable line of at most the limit comes out."""
    line = clean(text, limit)
    assert len(line) <= limit
    assert [] == [c for c in line if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}]
    assert line == line.strip()


@given(st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True))
def test_every_international_number_is_masked(number: str) -> None:
    """E.164 is masked wherever it stands alone."""
    assert f"to {MARK}, twice" == without_numbers(f"to {number}, twice")


@given(st.uuids(), st.datetimes(), st.ip_addresses(v=4))
def test_no_identifier_is_masked(uuid: object, at: object, address: object) -> None:
    """No UUID, no ISO instant and no IPv4 address is taken for a number."""
    text = f"trunk {uuid} at {at} by {address}"
    assert text == without_numbers(text)


def test_right_to_left_override_is_gone() -> None:
    """A name cannot turn the text around it."""
    assert "Carrier A yadnoM" == clean("Carrier A\u202eyadnoM")


def test_end_is_marked() -> None:
    """What was cut says so."""
    assert "abcd…" == clean("abcdefgh", 5)


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ("Maria Huber", "Maria Huber"),
        ("maria.huber@example.com", "maria.huber"),
        ("Maria Huber <maria.huber@example.com>", "Maria Huber"),
        ("<maria.huber@example.com>", "maria.huber"),
        ("maria@example.com, otto@example.com", "maria otto"),
        ("Maria (maria@example.com)", "Maria (maria)"),
        ("Huber, Maria (maria@example.com), Voice", "Huber, Maria (maria), Voice"),
        ("DOMAIN\\maria", "DOMAIN\\maria"),
        ("Voice @ Vienna", "Voice @ Vienna"),
        ("maria@corp@example.com", "maria"),
        ("+436641234567@example.com", MARK),
        (" \u202e ", ""),
        ("@", "@"),
    ],
)
def test_a_person_has_no_address(said: str, who: str) -> None:
    """Of an e-mail address only what stands before the @ is kept; beside a name nothing of it."""
    assert who == person(said)


@given(st.text(alphabet=st.sampled_from("ab@.<>() 1+\u200b\x00")) | st.text())
def test_a_person_is_the_same_person_again(said: str) -> None:
    """Whoever is named in both ways, by webhook and when asked, is one: what is short stays as it is."""
    who = person(said)
    assert who == person(who)
    assert len(who) <= 100


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("Holdline <svc@x.de>", ("Holdline <svc@x.de>", "Holdline", "svc@x.de")),
        ("svc@x.de", ("svc@x.de",)),
        (" <svc@x.de> ", ("<svc@x.de>", "svc@x.de")),
        ("Holdline", ("Holdline",)),
        (" ", ()),
    ],
)
def test_somebody_is_known_by_name_and_address(said: str, known: tuple[str, ...]) -> None:
    """Never by what stands before an @ alone."""
    assert known == known_by(said)


def test_the_addresses_beside_a_name_are_found() -> None:
    """By them we know ourselves."""
    assert ("holdline@example.com",) == addresses("Holdline <holdline@example.com>")
    assert () == addresses("holdline@example.com")
