"""One subsection of a statute at every date: the words in force, what each Act changed, and any two wordings compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import traitlets

from knowing_benefit.law.library import library
from knowing_benefit.law.source import CourseError, Fault, Status, nearest
from knowing_benefit.law.statutes import Op, Statute, Version, compare
from knowing_benefit.view.face import Face
from knowing_benefit.view.markup import badge, badge_html, escape

PREVIOUS = "previous"
"""What a wording is compared with, if nothing else is chosen: the one before it."""

INFERRED = "Inferred, not seen: these words are shown so that you can follow the change. Do not quote them."


@dataclass(frozen=True)
class Stop:
    """A wording of the subsection, from the Act that made it to the last version of the section that still has it."""

    versions: tuple[Version, ...]
    text: str | None
    """None where the section, as on record, has no such subsection."""

    @property
    def made(self) -> Version:
        """The version with which it came in."""
        return self.versions[0]

    @property
    def date(self) -> str:
        """The first day, as readers see it."""
        return self.made.span().removeprefix("since ").partition(", to ")[0]

    @property
    def span(self) -> str:
        """When it was in force."""
        last = self.versions[-1].span()
        return f"since {self.date}" if self.versions[-1].to is None else f"{self.date}, to {last.partition(', to ')[2]}"

    @property
    def quotable(self) -> bool:
        """Whether the words themselves were seen, in any version that has them."""
        return self.text is not None and any(version.quotable for version in self.versions)

    @property
    def status(self) -> Status:
        """How the words are known: as in the version in which they are best known."""
        return "verified" if any(version.status == "verified" for version in self.versions) else "secondary"

    def notes(self) -> list[str]:
        """What a reader must know of how it is known."""
        found = []
        if self.text is not None and not self.quotable:
            found.append(INFERRED)
        inferred = [version for version in self.versions if not version.quotable]
        if self.quotable and inferred:
            found.append(f"For {'; '.join(one.span() for one in inferred)} these words are inferred, not seen.")
        return found


def stops(statute: Statute, subsection: str) -> list[Stop]:
    """The wordings of a subsection, oldest first; versions of the section that leave it as it was are one."""
    found: list[Stop] = []
    for version in statute.versions:
        text = version.text.get(subsection)
        if found and found[-1].text == text:
            found[-1] = Stop((*found[-1].versions, version), text)
        else:
            found.append(Stop((version,), text))
    return found


class StatuteFace(Face):
    """A subsection with its dates.

    Attributes:
        at: which wording is on show, counted from the oldest.
        against: what it is compared with: ``previous``, ``none``, or the number of a wording.
    """

    name = "statute"
    state = ("at", "against")

    at = traitlets.Int(0).tag(sync=True)
    against = traitlets.Unicode(PREVIOUS).tag(sync=True)

    def __init__(self, statute: Statute, subsection: str) -> None:
        self._statute = statute
        self._subsection = subsection
        self._stops = stops(statute, subsection)
        super().__init__(data=self._packed(), at=len(self._stops) - 1)

    @property
    def _cite(self) -> str:
        return f"{self._statute.cite}({self._subsection})"

    def _packed(self) -> dict[str, Any]:
        pairs = {
            f"{first}-{second}": [list(run) for run in self._runs(first, second)]
            for second in range(len(self._stops))
            for first in range(second)
        }
        return {
            "cite": self._cite,
            "title": self._statute.title,
            "stops": [
                {
                    "date": stop.date,
                    "span": stop.span,
                    "text": stop.text,
                    "quotable": stop.quotable,
                    "absent": self._absent(stop),
                    "act": stop.made.act.cite(),
                    "what": stop.made.act.what,
                    "known": badge(stop.status),
                    "badge": badge(stop.made.status),
                    "notes": stop.notes(),
                }
                for stop in self._stops
            ],
            "pairs": pairs,
        }

    def _absent(self, stop: Stop) -> str:
        if stop.text is not None:
            return ""
        if all(version.complete for version in stop.versions):
            return f"The section had no subsection ({self._subsection})."
        return f"No subsection ({self._subsection}) is on record for these years; the section was not seen whole."

    def _runs(self, first: int, second: int) -> list[tuple[Op, str]]:
        old, new = self._stops[first].made, self._stops[second].made
        if self._stops[first].text is None and self._stops[second].text is None:
            return []
        return whole(compare(old, new, self._subsection))

    def as_text(self) -> str:
        """Every wording, oldest first, with the words that its Act added and struck in brackets."""
        lines = [f"{self._cite} ({self._statute.title}): {len(self._stops)} wordings"]
        for place, stop in enumerate(self._stops):
            lines += ["", f"{stop.span} [{badge(stop.status)}]"]
            lines.append(f"{stop.made.act.cite()}: {stop.made.act.what} [{badge(stop.made.status)}]")
            lines += stop.notes()
            if stop.text is None:
                lines.append(self._absent(stop))
            elif place == 0 or self._stops[place - 1].text is None:
                lines.append(stop.text.strip())
            else:
                lines.append(_bracketed(self._runs(place - 1, place)))
        return "\n".join(lines)

    def static(self) -> str:
        """The present wording with its last change, and the earlier ones folded."""
        parts = [f"<h3>{escape(self._cite)}. {escape(self._statute.title)}</h3>"]
        for place in reversed(range(len(self._stops))):
            stop = self._stops[place]
            shown = "<p>" + escape(self._absent(stop)) + "</p>"
            if stop.text is not None:
                runs: Sequence[tuple[Op, str]] = [("same", stop.text)]
                if place and self._stops[place - 1].text is not None:
                    runs = self._runs(place - 1, place)
                inferred = "" if stop.quotable else " kb-inferred"
                shown = f'<div class="kb-law{inferred}">{_marked(runs)}</div>'
            notes = "".join(f'<p class="kb-quiet">{escape(note)}</p>' for note in stop.notes())
            act = (
                f'<p class="kb-quiet">{escape(stop.made.act.cite())}: {escape(stop.made.act.what)} '
                f'<span class="kb-badge">{badge_html(badge(stop.made.status))}</span></p>'
            )
            known = badge_html(badge(stop.status))
            head = f'{escape(f"In force {stop.span}")} <span class="kb-badge">{known}</span>'
            last = place == len(self._stops) - 1
            parts.append(
                f"<h4>{head}</h4>{notes}{shown}{act}"
                if last
                else f"<details><summary>{head}</summary>{notes}{shown}{act}</details>"
            )
        return "".join(parts)


def statute(name: str, subsection: str) -> StatuteFace:
    """A subsection of a statute with a slider over its dates, e.g. ``statute("usc-18-1595", "a")``.

    Raises:
        CourseError: no such statute, or no version of it has that subsection.
    """
    opened = library()
    found = opened.statutes[opened.one("statutes", name).stem]
    known = sorted({one for version in found.versions for one in version.text})
    if subsection not in known:
        what = f"{found.cite} has no subsection {subsection!r} on record"
        mend = nearest(subsection, known) or f"There are: {', '.join(known)}."
        raise CourseError(Fault(f"data/statutes/{name}.yaml", 0, what, mend))
    return StatuteFace(found, subsection)


def whole(runs: Sequence[tuple[Op, str]]) -> list[tuple[Op, str]]:
    """Runs in which changes that only a space keeps apart are one change: first all that was struck, then all added."""
    found: list[tuple[Op, str]] = []
    struck = added = ""
    for place, (op, words) in enumerate(runs):
        between = op == "same" and not words.strip() and 0 < place < len(runs) - 1
        if op == "struck" or between:
            struck += words
        if op == "added" or between:
            added += words
        if op == "same" and not between:
            found += [(kind, text) for kind, text in (("struck", struck), ("added", added)) if text]  # type: ignore[misc]
            struck = added = ""
            found.append((op, words))
    return [*found, *((kind, text) for kind, text in (("struck", struck), ("added", added)) if text)]  # type: ignore[list-item]


def _bracketed(runs: Sequence[tuple[Op, str]]) -> str:
    signs = {"same": ("", ""), "struck": ("[struck: ", "]"), "added": ("[added: ", "]")}
    return "".join(signs[op][0] + words + signs[op][1] for op, words in runs).strip()


def _marked(runs: Sequence[tuple[Op, str]]) -> str:
    parts = []
    for op, words in runs:
        if op == "same":
            parts.append(escape(words))
        else:
            tag, said = ("ins", "added") if op == "added" else ("del", "struck")
            parts.append(
                f'<{tag}><span class="kb-sr">[{said}: </span>{escape(words)}<span class="kb-sr">]</span></{tag}>'
            )
    return "".join(parts).strip()
