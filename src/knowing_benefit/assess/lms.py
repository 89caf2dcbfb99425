"""What a learning management system writes into the names of the files that an instructor downloads from it, and what our own
hand-in folder on a JupyterHub does.

=========== ========================================================================= ===================================
system      a file in its download                                                    its marks
=========== ========================================================================= ===================================
Canvas      ``ruizmaria_LATE_123_456_G1042-1.json`` (anonymous: ``anon_x7_456_…``)    ``LATE``; ``-1``, ``-2`` on a file
            (``ContentZipper`` in Canvas's source)                                    that was handed in again
Moodle      ``Maria Ruiz_123_assignsubmission_file_/G1042.json``, or the same in one  none
            name without the folder (``mod/assign/classes/downloader.php``)
Blackboard  ``Exercise 1_mruiz_attempt_2026-11-20-23-59-01_G1042.json``, and a        the time of each attempt
            ``.txt`` of the same attempt ("Assignment File Download" in its help)
JupyterHub  ``G1042_hub-0f3a…_2026-11-20-23-59-01-123456_9c41….json``                 the time of each hand-in
            (:func:`knowing_benefit.assess.handin.deliver`)
=========== ========================================================================= ===================================

These names hold the names of students. What goes on from here is :attr:`Mark.shown`, which does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

System = Literal["canvas", "moodle", "blackboard", "hub"]


@dataclass(frozen=True)
class Mark:
    """What the name of a downloaded file says.

    Attributes:
        student: who handed it in, as the system knows them: Canvas's user id (or ``anon_`` and a word), Moodle's number of
            the participant; on Blackboard the assignment's name, ``_`` and the username, which cannot be told apart; on a hub a
            digest of the account's name.
        own: the file's name as the student gave it; empty for what the system itself wrote.
        late: ``True`` where the system says so; ``None`` where it says nothing.
        attempt: the time of the attempt (``YYYY-MM-DD-hh-mm-ss``, the system's own clock; on a hub with microseconds), else
            empty.
        shown: a name for the file that tells an instructor where to find it, and nobody who wrote it.
    """

    system: System
    student: str
    own: str
    late: bool | None
    attempt: str
    shown: str


# The name is what the greedy part takes; Canvas drops all but letters, digits and _ from it.
_CANVAS = re.compile(
    r"(?:\w+?_)??(?P<late>LATE_)?(?P<student>[0-9]{1,18}|anon_[A-Za-z0-9]{1,20})_(?P<file>[0-9]{1,18})_(?P<own>[^/]+)"
)
_MOODLE = re.compile(r"[^/]+_(?P<student>[0-9]{1,18})_assignsubmission_(?P<kind>[a-z]+)_/?(?P<own>.*)", re.DOTALL)
_BLACKBOARD = re.compile(
    r"(?P<student>[^/]+)_attempt_(?P<when>[0-9]{4}(?:-[0-9]{2}){5})(?:_(?P<own>[^/]+)|\.txt)", re.DOTALL
)
_HUB = re.compile(
    r"(?P<number>[A-Z0-9-]{2,20})_hub-(?P<student>[0-9a-f]{12})_(?P<when>[0-9]{4}(?:-[0-9]{2}){5}-[0-9]{6})_[0-9a-f]{32}\.json"
)


def mark(path: str) -> Mark | None:
    """What the name of a file says, if it is one that a system gave.

    Args:
        path: the name, with the folders above it in the download, parted by ``/``.
    """
    name = path.rsplit("/", 1)[-1]
    if found := _HUB.fullmatch(name):
        shown = f"JupyterHub, student {found['student']}, {found['when']}"
        return Mark("hub", found["student"], f"{found['number']}.json", None, found["when"], shown)
    if found := _BLACKBOARD.fullmatch(name):
        when = found["when"]
        return Mark("blackboard", found["student"], found["own"] or "", None, when, f"Blackboard, attempt of {when}")
    where = path.rfind("/", 0, max(path.find("_assignsubmission_"), 0)) + 1
    if found := _MOODLE.fullmatch(path[where:]):
        shown = f"Moodle, participant {found['student']}"
        own = found["own"].rsplit("/", 1)[-1] if found["kind"] == "file" else ""
        return Mark("moodle", found["student"], own, None, "", shown)
    if found := _CANVAS.fullmatch(name):
        late = bool(found["late"])
        shown = f"Canvas, user {found['student']}, file {found['file']}"
        return Mark("canvas", found["student"], found["own"], late, "", shown)
    return None


def again(own: str, number: str) -> int:
    """How often a file had been handed in before, by the ``-1``, ``-2`` … that Canvas adds to its name; 0 for never.

    Args:
        number: the exam number in the file, by which the exercise names it: ``A-1.json`` of the student ``A-1`` is no
            second one.
    """
    stem = own.rsplit(".", 1)[0].upper()
    if stem == number:
        return 0
    found = re.fullmatch(r"(.+)-([1-9][0-9]{0,2})", stem)
    return int(found[2]) if found else 0
