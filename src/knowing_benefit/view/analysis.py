"""The page about how the questions did: pictures as inline SVG in the colors of the page, each with its numbers in a table below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from knowing_benefit.assess.itemanalysis import FEW, ExerciseFigures, ItemFigures, OptionFigures
from knowing_benefit.view.markup import asset, escape
from knowing_benefit.view.wording import emphasis

_WIDE = 760
_ROW = 26
_LEFT, _RIGHT = 170, 20


def page(figures: Iterable[ExerciseFigures]) -> str:
    """The page, one HTML file with no script."""
    style = asset("face.css") + asset("feedback.css") + asset("analysis.css")
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>How the questions did</title>'
        f'<style>{style}</style></head>\n<body><main class="kb kb-feedback kb-analysis"><h1>How the questions did</h1>\n'
    ]
    count = 0
    for one in figures:
        count += 1
        parts += _exercise(one)
    if not count:
        parts.append("<p>Nobody has answered anything yet.</p>")
    parts.append("</main></body></html>\n")
    return "".join(parts)


def _exercise(one: ExerciseFigures) -> Iterator[str]:
    yield f"<section><h2>{emphasis(one.title)}</h2>"
    alpha = f"; Cronbach's alpha {one.alpha:.2f}" if one.alpha is not None else ""
    whole = len(one.totals)
    yield f'<p class="kb-quiet">{one.students} students; {whole} with all points in{alpha}.</p>\n'
    if one.few:
        yield (
            f'<p class="an-caution"><strong>A small class.</strong> With {one.students} students, each of them is '
            f"{100 / one.students:.0f} percentage points of every share below. Read the intervals, not the dots, and change no "
            f"key on a correlation: from {FEW} students on, this page points to questions that need a look.</p>\n"
        )
    yield _figure(
        f"{_hardest(one.items)}",
        _difficulty(one.items),
        "For each question the share of its points that the class earned, with its 95% interval; the shaded band is the difficulty that the author stated. The numbers are in the table below.",
    )
    if not one.few:
        yield _figure(
            _weakest(one.items),
            _discrimination(one.items),
            "For each question, how it goes with the points on all others, from minus one to one. The numbers are in the table below.",
        )
    if whole:
        yield _figure(_spread(one), _totals(one), f"How many students have how many of {one.points} points.")
    if one.objectives:
        name, share = one.objectives[0]
        caption = f"Objective {name} is the one most missed: the class earned {share:.0%} of its points."
        yield _figure(
            caption,
            _bars(one.objectives),
            "For each objective the share of its points that the class earned, the weakest first.",
        )
    yield _table(one.items)
    for item in one.items:
        yield _item(item)
    yield "</section>\n"


def _hardest(items: Sequence[ItemFigures]) -> str:
    known = [item for item in items if item.students]
    if not known:
        return "No question has all its points yet."
    low = min(known, key=lambda item: item.difficulty)
    off = sum(item.observed != item.stated for item in known)
    return f"Question {low.place} was the hardest ({low.difficulty:.0%} of its points); {off} of {len(known)} were not as hard or easy as stated."


def _weakest(items: Sequence[ItemFigures]) -> str:
    known = [(item.discrimination, item.place) for item in items if item.discrimination is not None]
    if not known:
        return "No question tells students apart."
    low, place = min(known)
    return f"Question {place} tells stronger from weaker students least ({_signed(low)})."


def _spread(one: ExerciseFigures) -> str:
    middle = one.totals[len(one.totals) // 2]
    who = (
        "the class" if len(one.totals) == one.students else f"the {len(one.totals)} students whose points are complete"
    )
    return f"Half of {who} has {middle:g} points or more, of {one.points}."


def _figure(caption: str, svg: str, alt: str) -> str:
    return f'<figure><figcaption>{escape(caption)}</figcaption><div class="an-wide" tabindex="0" role="group" aria-label="Picture">{svg.replace("ALT", escape(alt), 1)}</div></figure>\n'


def _svg(height: float, body: Iterable[str]) -> str:
    return f'<svg role="img" aria-label="ALT" viewBox="0 0 {_WIDE} {height:g}" width="{_WIDE}" height="{height:g}">{"".join(body)}</svg>'


def _x(share: float) -> float:
    return round(_LEFT + share * (_WIDE - _LEFT - _RIGHT), 1)


_BANDS = {"easy": (0.8, 1.0), "middle": (0.5, 0.8), "hard": (0.0, 0.5)}


def _difficulty(items: Sequence[ItemFigures]) -> str:
    known = [item for item in items if item.students]
    height = len(known) * _ROW + 30

    def body() -> Iterator[str]:
        yield from _scale(height, ((step / 4, f"{step * 25}%") for step in range(5)))
        for row, item in enumerate(known):
            y = row * _ROW + _ROW / 2
            low, high = (_x(share) for share in _BANDS[item.stated])
            yield f'<rect class="an-band" x="{low}" y="{y - 9}" width="{high - low:g}" height="18"/>'
            yield f'<text x="0" y="{y + 4.5}">{item.place}. <tspan class="an-quiet">{item.stated}, {item.kind}</tspan></text>'
            left, right = (_x(share) for share in item.interval)
            yield f'<path class="an-interval" d="M{left} {y}H{right}"/><circle class="an-dot" cx="{_x(item.difficulty)}" cy="{y}" r="5"/>'

    return _svg(height, body())


def _discrimination(items: Sequence[ItemFigures]) -> str:
    known = [item for item in items if item.discrimination is not None]
    height = len(known) * _ROW + 30

    def place(value: float) -> float:
        return _x((value + 1) / 2)

    def body() -> Iterator[str]:
        yield from _scale(height, ((step / 4, _signed(step / 2 - 1)) for step in range(5)))
        for row, item in enumerate(known):
            y = row * _ROW + _ROW / 2
            zero, end = place(0), place(item.discrimination or 0.0)
            yield f'<text x="0" y="{y + 4.5}">{item.place}. <tspan class="an-quiet">{_signed(item.discrimination)}</tspan></text>'
            yield f'<rect class="an-bar" x="{min(zero, end)}" y="{y - 5}" width="{abs(end - zero):.1f}" height="10"/>'

    return _svg(height, body())


def _totals(one: ExerciseFigures) -> str:
    step = max(1, round(one.points / 12))
    counts = [0] * (int(one.points // step) + 1)
    for total in one.totals:
        counts[min(int(total // step), len(counts) - 1)] += 1
    wide = (_WIDE - 20) / len(counts)
    most = max(counts)

    def body() -> Iterator[str]:
        for at, count in enumerate(counts):
            high = 150 * count / most
            x = 10 + at * wide
            yield f'<rect class="an-bar" x="{x + 1:.1f}" y="{170 - high:.1f}" width="{wide - 2:.1f}" height="{high:.1f}"/>'
            if count:
                yield f'<text x="{x + wide / 2:.1f}" y="{164 - high:.1f}" text-anchor="middle">{count}</text>'
            yield f'<text class="an-quiet" x="{x + wide / 2:.1f}" y="188" text-anchor="middle">{at * step}</text>'
        yield f'<path class="an-line" d="M10 170H{_WIDE - 10}"/>'

    return _svg(196, body())


def _bars(shares: Sequence[tuple[str, float]]) -> str:
    height = len(shares) * _ROW + 30

    def body() -> Iterator[str]:
        yield from _scale(height, ((step / 4, f"{step * 25}%") for step in range(5)))
        for row, (name, share) in enumerate(shares):
            y = row * _ROW + _ROW / 2
            yield f'<text x="0" y="{y + 4.5}">Objective {escape(name)} <tspan class="an-quiet">{share:.0%}</tspan></text>'
            yield f'<rect class="an-bar" x="{_LEFT}" y="{y - 6}" width="{_x(share) - _LEFT:.1f}" height="12"/>'

    return _svg(height, body())


def _scale(height: float, steps: Iterable[tuple[float, str]]) -> Iterator[str]:
    for share, label in steps:
        x = _x(share)
        anchor = "end" if share == 1 else "middle"
        yield f'<path class="an-line" d="M{x} 0V{height - 22}"/><text class="an-quiet" x="{x}" y="{height - 6}" text-anchor="{anchor}">{label}</text>'


def _table(items: Sequence[ItemFigures]) -> str:
    timed = any(item.minutes is not None for item in items)
    names = ["Points", "Answers", "Blank", "Difficulty", "95%", "Discrimination", "Upper less lower"]
    names += ["Minutes"] if timed else []
    heads = "".join(f'<th scope="col" class="an-n">{name}</th>' for name in names)
    rows = []
    for item in items:
        cells = [
            str(item.points),
            f"{item.students}{f' (+{item.waiting} wait)' if item.waiting else ''}",
            str(item.blanks),
            f"{item.difficulty:.0%}" if item.students else "",
            f"{item.interval[0]:.0%} to {item.interval[1]:.0%}" if item.students else "",
            _signed(item.discrimination),
            _signed(item.gap),
        ]
        if timed:
            cells.append("" if item.minutes is None else f"{item.minutes:.1f}")
        told = "".join(f'<td class="an-n">{cell}</td>' for cell in cells)
        flags = f'<span class="an-flag">{escape(" ".join(item.flags))}</span>' if item.flags else ""
        rows.append(f'<tr><th scope="row">{item.place}. {escape(item.item)}</th>{told}<td>{flags}</td></tr>')
    return f'<div class="an-wide" tabindex="0" role="group" aria-label="All questions"><table><thead><tr><th scope="col">Question</th>{heads}<th scope="col">Note</th></tr></thead><tbody>{"".join(rows)}</tbody></table></div>\n'


def _item(item: ItemFigures) -> str:
    if not item.options:
        return ""
    most = max(item.students, 1)
    written = item.kind == "written"
    heads = (
        ["Line of the rubric", "Students"]
        if written
        else ["Answer", "Students", "Upper 27%", "Lower 27%", "What it shows"]
    )
    head = "".join(f'<th scope="col"{_N if name.endswith("%") else ""}>{name}</th>' for name in heads)
    rows = "".join((_line if written else _option)(option, most) for option in item.options)
    about = f"{escape(item.item)}, {escape(item.kind)}, objective {escape(item.objective)}"
    return (
        f'<h3>Question {item.place} <span class="kb-quiet">{about}</span></h3>'
        f'<div class="an-wide" tabindex="0" role="group" aria-label="Question {item.place}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>\n"
    )


_N = ' class="an-n"'


def _option(option: OptionFigures, most: int) -> str:
    right = '<span class="an-right">● right</span> ' if option.right else ""
    shown = [f"Misconception: {escape(option.misconception)}"] if option.misconception else []
    shown += [f'<span class="an-flag">{escape(option.flag)}</span>'] if option.flag else []
    return (
        f'<tr><th scope="row">{right}{emphasis(option.text)}</th><td>{_share(option.chosen, most)}</td>'
        f'<td class="an-n">{option.upper}</td><td class="an-n">{option.lower}</td><td>{" ".join(shown)}</td></tr>'
    )


def _line(option: OptionFigures, most: int) -> str:
    return f'<tr><th scope="row">{emphasis(option.text)}</th><td>{_share(option.chosen, most)}</td></tr>'


def _share(count: int, most: int) -> str:
    share = count / most
    return f'<span class="an-share" style="width:{share * 7:.2f}rem"></span>{count} ({share:.0%})'


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".replace("-", "\u2212")
