"""The page of the grading desk: static HTML, its style and its script in one; all else comes from the server."""

from __future__ import annotations

from knowing_benefit.view.markup import asset


def page(nonce: str) -> str:
    """The page.

    Args:
        nonce: a random word that marks its one script as ours.
    """
    style = asset("face.css") + asset("desk.css")
    script = asset("make.js") + asset("desk.js")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Grading desk</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{style}</style></head>\n"
        '<body><div class="kb kb-desk"><noscript><p>The desk needs JavaScript.</p></noscript></div>\n'
        f'<script type="module" nonce="{nonce}">\n{script}\ndesk(document.querySelector(".kb-desk"));\n</script></body></html>\n'
    )
