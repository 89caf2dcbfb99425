"""A Jupyter Server extension, in three parts.

*The answers endpoint*, ``<base url>/knowing-benefit/answers``: keeps answers for pages that this server serves, so that a
built notebook which nobody has run, and whose kernel is dead, still saves them. ``GET`` loads a sheet, ``POST`` takes
any message of :mod:`knowing_benefit.assess.messages`. Every request must be signed in, be allowed to write contents, and
(``POST``) carry the server's XSRF token. The client names exercises, never paths.

*A hook before a notebook is saved*, which drops the reference to a live widget from the outputs of our faces: its random model
id means nothing when the notebook is opened again, while the HTML beside it is alive without any kernel.

*What a lesson says of its language when it is opened*. JupyterLab writes what the kernel says of itself into the notebook as soon as
the kernel is there, and calls the notebook unsaved if that is anything new. A built lesson cannot name the reader's version of
Python, so it is named on the way to the reader.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.ioloop import IOLoop

from knowing_benefit.assess.messages import reply
from knowing_benefit.assess.strictjson import NotJsonError, parse
from knowing_benefit.law.library import course_root
from knowing_benefit.law.source import CourseError

LARGEST = 1 * 2**20
"""A larger request, in bytes, is refused."""

WIDGET = "application/vnd.jupyter.widget-view+json"
_OURS = "data-kb-face="
_AS_BUILT = {"name": "python"}
"""What a built lesson says of its language (publish/build.py)."""


class AnswersHandler(APIHandler):
    """Loads and keeps answers for a page."""

    auth_resource: ClassVar[str] = "contents"

    def initialize(self, root: Path) -> None:
        """Take the course folder from the server, which looked for it once."""
        self.root = root

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """One answer sheet: ``exercise``, ``exercise_version`` and ``seq`` are in the query."""
        query = {name: self.get_query_argument(name, "") for name in ("exercise", "exercise_version", "seq")}
        numbers = {name: int(text) for name, text in query.items() if name != "exercise" and text.isdecimal()}
        await self._answer({"op": "load", "exercise": query["exercise"], **numbers})

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Any message; the reply to a save comes after the answer is on the disk."""
        if len(self.request.body) > LARGEST:
            raise web.HTTPError(413)
        try:
            message = parse(self.request.body)
        except NotJsonError as problem:
            raise web.HTTPError(400, reason=f"The body {problem}") from None
        await self._answer(message)

    async def _answer(self, message: Any) -> None:
        # The disk is slow and a lock may have to be waited for: not in the loop that serves everyone.
        answer = await IOLoop.current().run_in_executor(None, reply, self.root, message)
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(answer))


def without_live_views(model: dict[str, Any], **_: Any) -> None:
    """A contents hook: before a notebook is saved, drop what belongs to the kernel of the moment.

    That is the reference to a live view from our faces and, in a lesson, the kernel's version of Python.
    """
    content = model.get("content")
    if model.get("type") != "notebook" or not isinstance(content, dict):
        return
    for cell in content.get("cells", []):
        for output in cell.get("outputs", []):
            shown = output.get("data", {})
            if WIDGET in shown and _OURS in "".join(shown.get("text/html", "")):
                del shown[WIDGET]
    if _is_lesson(model):
        # So a lesson that was only read stays as it was built, byte for byte, though JupyterLab saves it.
        content["metadata"]["language_info"] = dict(_AS_BUILT)


def with_this_python(get: Callable[..., Any]) -> Callable[..., Any]:
    """A contents manager's ``get`` whose lessons say of their language what this environment's kernel will say.

    Args:
        get: returns a model, or an awaitable of one; so does what comes back.
    """

    def told(model: dict[str, Any]) -> dict[str, Any]:
        if _is_lesson(model) and model["content"]["metadata"].get("language_info") == _AS_BUILT:
            # The server needs it for nothing else, and it takes a moment.
            from ipykernel.ipkernel import IPythonKernel

            model["content"]["metadata"]["language_info"] = dict(IPythonKernel.language_info)
        return model

    async def told_later(coming: Awaitable[dict[str, Any]]) -> dict[str, Any]:
        return told(await coming)

    @wraps(get)
    def got(*args: Any, **kwargs: Any) -> Any:
        found = get(*args, **kwargs)
        return told_later(found) if inspect.isawaitable(found) else told(found)

    return got


def _is_lesson(model: dict[str, Any]) -> bool:
    content = model.get("content")
    return (
        model.get("type") == "notebook"
        and isinstance(content, dict)
        and "knowing_benefit" in content.get("metadata", {})
    )


def _load_jupyter_server_extension(app: Any) -> None:
    """Called by Jupyter Server when it starts."""
    app.contents_manager.register_pre_save_hook(without_live_views)
    # Jupyter Server has hooks for saving, and none for reading.
    app.contents_manager.get = with_this_python(app.contents_manager.get)
    try:
        root = course_root()
    except CourseError:
        # No course here: pages then use their kernel, which runs in the notebook's folder and finds its own course.
        app.log.info("Knowing Benefit: no course folder at %s; answers go through the kernel.", Path.cwd())
        return
    address = url_path_join(app.web_app.settings["base_url"], "knowing-benefit", "answers")
    app.web_app.add_handlers(".*$", [(address, AnswersHandler, {"root": root})])
    app.log.info("Knowing Benefit: answers are kept in %s", root / "answers")
