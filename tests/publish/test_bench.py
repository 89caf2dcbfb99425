"""What the benchmarks measure is what they say that they measure."""

from __future__ import annotations

from typing import Any

from knowing_benefit.publish.pagebench import _work


def event(name: str, at: float, took: float, spent: float, thread: int = 1) -> dict[str, Any]:
    """An event of a trace, its times in milliseconds."""
    return {
        "name": name, "ph": "X", "pid": 1, "tid": thread, "ts": at * 1000, "dur": took * 1000, "tdur": spent * 1000,
    }  # fmt: skip


def mark(name: str, at: float) -> dict[str, Any]:
    return {"name": name, "ph": "R", "pid": 1, "tid": 1, "ts": at * 1000}


def test_a_switch_is_charged_with_the_main_thread_s_work_and_with_nothing_twice() -> None:
    (turn,) = _work(
        [
            event("Layout", 5, 9, 9),
            mark("kb-switch", 20),
            event("EventDispatch", 21, 4, 2),
            event("EventDispatch", 22, 2, 1),
            event("Layout", 30, 6, 3),
            event("Paint", 37, 1, 1),
            event("PrePaint", 36, 1, 0.5),
            event("Layout", 31, 50, 50, thread=2),
            event("FireAnimationFrame", 29, 1, 1),
            mark("kb-painted", 40),
            event("Layout", 41, 9, 9),
        ]
    )
    assert turn == {"script": (2, 4), "style": (0, 0), "layout": (3, 6), "paint": (1.5, 2), "commit": (0, 0)}
