"""Dates and numbers as a student types them, read forgivingly.

The rules are data (:data:`DATE_FORMS`, :data:`MONTHS`, :data:`NUMBER`, :data:`NUMBER_WORDS`) and go to the browser with
the page, so that practice without a kernel and the grader read alike; a test compares the two on the same texts.
"""

from __future__ import annotations

import calendar
import re
from decimal import Decimal

from knowing_benefit.law.dates import PartialDate, Precision

LONGEST = 100
"""Longest text, in characters, that is looked at."""

MONTHS = tuple(calendar.month_name[number].lower() for number in range(1, 13))
"""A month may be cut short to three letters or more: ``dec``, ``sept``."""

DATE_FORMS = (
    ("ymd", r"^([12][0-9]{3})[-/ ]([0-9]{1,2})[-/ ]([0-9]{1,2})$"),
    ("mdy", r"^([0-9]{1,2})[-/ ]([0-9]{1,2})[-/ ]([12][0-9]{3})$"),
    ("mdy", r"^([a-z]{3,9})[- ]?([0-9]{1,2})[- ]([12][0-9]{3})$"),
    ("dmy", r"^([0-9]{1,2})[- ]?([a-z]{3,9})[- ]?([12][0-9]{3})$"),
    ("ymd", r"^([12][0-9]{3})[- ]?([a-z]{3,9})[- ]?([0-9]{1,2})$"),
    ("my", r"^([a-z]{3,9})[- ]?([12][0-9]{3})$"),
    ("ym", r"^([12][0-9]{3})[- ]?([a-z]{3,9})$"),
    ("ym", r"^([12][0-9]{3})[-/ ]([0-9]{1,2})$"),
    ("my", r"^([0-9]{1,2})[-/ ]([12][0-9]{3})$"),
    ("y", r"^([12][0-9]{3})$"),
)
"""What each group means, and the form, once the text is :func:`bare`; in numbers the month comes first, as Americans write."""

NUMBER = r"^[^0-9]*((?:[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,12})(?:\.[0-9]{1,6})?)(?![.,]?[0-9])[^0-9]*$"
"""A text with one number in figures, whatever words stand around it."""

_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
NUMBER_WORDS = dict(zip(_WORDS.split(), [*range(21), 30, 40, 50, 60, 70, 80, 90], strict=True))
"""Numbers in words; ``twenty-five`` is two of them."""

LARGER = ("hundred", "thousand", "million", "billion", "half", "quarter", "dozen")
"""Words that make a number of another size: a text with one of them is asked for in figures."""

_PARTS: tuple[Precision, ...] = ("year", "month", "day")


def bare(text: str) -> str:
    """A typed date in small letters, figures, dashes and slashes, less ``of``, ``the``, ``st`` and the like."""
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text[:LONGEST].lower())
    text = re.sub(r"[^0-9a-z/-]+", " ", re.sub(r"([0-9])(?:st|nd|rd|th)(?![a-z])", r"\1", text))
    return re.sub(r" +", " ", re.sub(r"(?<![a-z])(?:of|the|on|in)(?![a-z])", " ", text)).strip()


def read_date(text: str) -> PartialDate | None:
    """The date that was typed; ``None`` if it is none.

    >>> str(read_date("Dec. 23, 2008")), str(read_date("December 2008")), read_date("soon")
    ('2008-12-23', '2008-12', None)
    """
    plain = bare(text)
    for order, form in DATE_FORMS:
        match = re.match(form, plain)
        if match is None:
            continue
        found = dict(zip(order, match.groups(), strict=True))
        month, day = _month(found.get("m")), int(found.get("d", 1))
        year = int(found["y"])
        if month and 1 <= day <= calendar.monthrange(year, month)[1]:
            return PartialDate(year, month if "m" in found else None, day if "d" in found else None)
    return None


def _month(text: str | None) -> int:
    """1 to 12; 1 where no month was given; 0 if it is none."""
    if text is None:
        return 1
    if text[0].isdigit():
        return int(text) if 1 <= int(text) <= 12 else 0
    return next((number for number, name in enumerate(MONTHS, 1) if name.startswith(text)), 0)


def compare_date(text: str, answer: str, precision: Precision) -> dict[str, bool]:
    """Which parts of a typed date are right, from the year down to the precision that is asked for.

    A part counts only if every larger part is right: the same day of another year is another day.
    """
    given, right = read_date(text), PartialDate.parse(answer)
    parts: dict[str, bool] = {}
    good = given is not None
    for part in _PARTS[: _PARTS.index(precision) + 1]:
        good = good and getattr(given, part) == getattr(right, part)
        parts[part] = good
    return parts


def read_number(text: str) -> Decimal | None:
    """The one number in what was typed, in figures or in words; ``None`` if there is none or more than one.

    >>> read_number("$1,000"), read_number("ten years"), read_number("5 or 6")
    (Decimal('1000'), Decimal('10'), None)
    """
    plain = text[:LONGEST].lower()
    match = re.match(NUMBER, plain)
    if match:
        return Decimal(match[1].replace(",", ""))
    words = re.findall(r"[a-z]+", plain)
    if re.search(r"[0-9]", plain) or any(word in LARGER for word in words):
        return None
    found = [NUMBER_WORDS[word] for word in words if word in NUMBER_WORDS]
    if len(found) == 2 and found[0] >= 20 and found[0] % 10 == 0 and 1 <= found[1] <= 9:
        return Decimal(sum(found))
    return Decimal(found[0]) if len(found) == 1 else None
