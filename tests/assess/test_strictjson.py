"""JSON that is not quite JSON is refused with a reason; the canonical form is one."""

from __future__ import annotations

import json

import hypothesis.strategies as st
import pytest
from hypothesis import given

from knowing_benefit.assess.strictjson import NotJsonError, canonical, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcq1_-"), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (b"", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1, "a": 1}', "same key twice"),
        (b'{"a": NaN}', "not a whole number"),
        (b'{"a": -Infinity}', "not a whole number"),
        (b'{"a": 1.5}', "not a whole number"),
        (b'{"a": 1e400}', "not a whole number"),
        (b'{"a": ' + b"9" * 100_000 + b"}", "too long"),
        (b"[" * 22 + b"0" + b"]" * 22, "too deep"),
        (b"[" * 1_000_000, "too deep"),
        (b'{"a":' * 500_000, "too deep"),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else value,
)
def test_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(NotJsonError, match=reason):
        parse(raw)


def test_twenty_levels_are_read() -> None:
    assert parse(b"[" * 20 + b"0" + b"]" * 20)


def test_a_mark_at_the_beginning_is_forgiven() -> None:
    assert parse(b'\xef\xbb\xbf{"a": [1, null, true]}') == {"a": [1, None, True]}


@given(VALUES)
def test_reads_back_what_was_written(data: object) -> None:
    assert parse(json.dumps(data).encode()) == data
    assert parse(canonical(data)) == data


@given(st.binary(max_size=200))
def test_any_bytes_are_data_or_a_reason(raw: bytes) -> None:
    try:
        parse(raw)
    except NotJsonError as problem:
        assert str(problem)
