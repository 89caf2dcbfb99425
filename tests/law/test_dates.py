"""Dates that are known to the year, the month or the day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowing_benefit.law.dates import PartialDate

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))


@st.composite
def partial_dates(draw: st.DrawFn) -> PartialDate:
    day = draw(DAYS).isoformat()
    return PartialDate.parse(day[: draw(st.sampled_from([4, 7, 10]))])


@pytest.mark.parametrize(
    ("written", "shown", "first", "last", "precision"),
    [
        ("2013", "2013", date(2013, 1, 1), date(2013, 12, 31), "year"),
        ("2012-02", "February 2012", date(2012, 2, 1), date(2012, 2, 29), "month"),
        ("2023-08-03", "August 3, 2023", date(2023, 8, 3), date(2023, 8, 3), "day"),
    ],
)
def test_a_date_shows_and_means_no_more_than_is_known(
    written: str, shown: str, first: date, last: date, precision: str
) -> None:
    found = PartialDate.parse(written)
    assert (found.shown(), found.first, found.last, found.precision) == (shown, first, last, precision)


@pytest.mark.parametrize(
    "wrong", ["2013-13", "2021-02-30", "13", "2013-1", "2013/01", "March 2013", "", "0000", "２０１３"]
)
def test_what_is_no_date_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"date|calendar"):
        PartialDate.parse(wrong)


@given(partial_dates())
def test_writing_and_reading_again_gives_the_same(found: PartialDate) -> None:
    assert PartialDate.parse(str(found)) == found
    assert found.first <= found.last


@given(partial_dates(), partial_dates())
def test_what_is_surely_earlier_sorts_earlier(one: PartialDate, other: PartialDate) -> None:
    if one.last < other.first:
        assert one.key < other.key


@given(DAYS)
def test_a_bare_year_stands_before_everything_in_it(day: date) -> None:
    year = PartialDate.parse(str(day.year))
    assert year.key < PartialDate.parse(day.isoformat()).key
    assert year.first <= day <= year.last
    assert year.last + timedelta(days=1) == PartialDate.parse(str(day.year + 1)).first
