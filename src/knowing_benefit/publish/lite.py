"""The course in a browser, with a Python of its own: JupyterLite and Pyodide, with the lessons inside.

Everything comes from packages: JupyterLite from the extra ``lite``, Pyodide's core by npm, two wheels that exist for the browser alone by pip,
each by version and digest; all other libraries are packed from the environment that this runs in, so that the browser has the versions that
the course was tested with. What is made asks its own server for files, and nobody else for anything.

There is no matplotlib for Pyodide in any package, so figures are drawn here and travel with the course (``view/drawing.py``).
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2

from knowing_benefit import __version__
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError, Fault, nearest, write_atomic
from knowing_benefit.publish import release
from knowing_benefit.publish.lessons import Lesson, read_lessons
from knowing_benefit.view import drawing
from knowing_benefit.view.exercise import explained_exercise
from knowing_benefit.view.figure import Figure
from knowing_benefit.view.timeline import timeline

HERE = Path(__file__).parent / "lite"
EDITIONS = ("selfpaced", "student")
"""As those of the site: ``selfpaced`` explains graded questions, ``student`` holds no key to them."""

NEEDS = "the pages and files of the server that it came from, and nothing from anywhere else."
"""What it needs from a network, to complete a sentence."""

MANIFEST = "lessons.json"
"""Digests of the lessons, by file: by it a later visit, and a later build, know what is there."""

PYODIDE = (
    "314.0.6",
    "sha512-BKDTJyIqFxC4BExLqeRS3f5xvXZIjOt8C3zGLN/Cc7tFxSwvKVhVkchQQ2AGLOtR4YrVOIFxbV8poyDOOmWwxQ==",
)
"""The version that jupyterlite-pyodide-kernel expects, and npm's integrity of it."""
PYTHON = "3.14"
"""The Python in it."""
TAGS = ("--implementation", "cp", "--abi", "cp314", "--platform", "pyemscripten_2026_0_wasm32")
"""What wheels for it are tagged with, in pip's words."""

_CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
_ROOTS = ("ipython", "comm", "anywidget", "pydantic", "pyyaml", "reporters-db", "packaging")
"""What the kernel and the lessons import; what these require comes with them."""
_SHIMS = ("ipykernel", "piplite", "pyodide_kernel", "widgetsnbextension")
"""Stand-ins that jupyterlite-pyodide-kernel brings along."""
_LEFT_OUT = {"jupyterlab-widgets", "widgetsnbextension", "pydantic-core"}
"""Required by the above, and here of no use, or in another form."""
_LAB_EXTENSIONS = (
    ("jupyterlite-pyodide-kernel", "@jupyterlite/pyodide-kernel-extension"),
    ("jupyterlab-widgets", "@jupyter-widgets/jupyterlab-manager"),
    ("anywidget", "anywidget"),
)
"""Distributions, and the extension of JupyterLab that each installs."""
_OWN = "knowing-benefit-lessons"
_LAYERS = ("law", "assess", "view")
_GRADED = re.compile(r'\bexercise\("([^"]+)"\)')
_EPOCH = (1980, 1, 1, 0, 0, 0)


def missing() -> str:
    """What has to be installed first; empty if everything is here."""
    absent = [name for name in ("jupyterlite_core", "jupyterlite_pyodide_kernel") if find_spec(name) is None]
    if absent:
        return "JupyterLite is not installed"
    return "" if shutil.which("npm") else "npm, which comes with Node.js, is not installed"


def lite(library: Library, out: Path, edition: str, tell: Callable[[str], None] = lambda _: None) -> int:
    """Make the folder: put on any web server, it is the course.

    An earlier one in its place is replaced as a whole, once the new one is complete.

    Args:
        tell: called with the name of each part before it is made.

    Returns:
        How many lessons are in it.

    Raises:
        CourseError: no such edition; something is missing, here or in the course; the folder holds something else.
    """
    if edition not in EDITIONS:
        mend = nearest(edition, EDITIONS) or f"There are: {', '.join(EDITIONS)}."
        raise CourseError(Fault("lite", 0, f"there is no edition {edition!r}", mend))
    absent = missing()
    if absent:
        mend = "Node.js comes from nodejs.org or your system's packages; JupyterLite by itself with: python3 course.py lite"
        raise CourseError(Fault("lite", 0, absent, mend))
    _free(out)
    lessons = read_lessons(library.root)
    notebooks = {f"{lesson.name}.ipynb": notebook(library, lesson, edition) for lesson in lessons}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name).resolve()
        tell("Python for the browser")
        pyodide = work / "static" / "pyodide"
        pyodide.mkdir(parents=True)
        _core(pyodide, work)
        tell("libraries")
        packages = [*_fetched(pyodide, work), *_shims(pyodide), *_packed(pyodide)]
        tell("the course and its figures")
        packages.append(_wheel(pyodide, "knowing_benefit", __version__, _course(library, edition)))
        _lock(pyodide, packages)
        tell("JupyterLite")
        for file, content in notebooks.items():
            write_atomic(work / "files" / file, content)
        _settings(work, [package["name"] for package in packages])
        made = _built(work)
        digests = {file: _digest(content) for file, content in notebooks.items()}
        write_atomic(made / MANIFEST, json.dumps(digests, indent=1, sort_keys=True) + "\n")
        write_atomic(made / "index.html", _index(lessons, edition))
        _replace(made, out)
    return len(lessons)


def _free(out: Path) -> None:
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / MANIFEST).is_file())):
        what = "there is something here already, and it is not the course in a browser"
        raise CourseError(Fault(out.as_posix(), 0, what, "Name a new folder."))


def _replace(made: Path, out: Path) -> None:
    # Beside its place first, because the temporary folder may be on another disk; then two renames.
    out.parent.mkdir(parents=True, exist_ok=True)
    beside, before = (out.with_name(f".{out.name}.{end}") for end in ("new", "old"))
    for path in (beside, before):
        shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(made, beside)
    if out.exists():
        out.rename(before)
    beside.rename(out)
    shutil.rmtree(before, ignore_errors=True)


# ---- Lessons ---------------------------------------------------------------------------------------------------------


def notebook(library: Library, lesson: Lesson, edition: str) -> str:
    """A built lesson for the browser: its kernel's name, its digest, and the edition's face for its exercise.

    Raises:
        CourseError: it was not built.
    """
    path = library.root / "notebooks" / f"{lesson.name}.ipynb"
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        fault = Fault(path.as_posix(), 0, "this lesson has not been built", "Run: course build")
        raise CourseError(fault) from None
    content["metadata"]["kernelspec"] = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    for cell in content["cells"]:
        # A file has texts by line. A Jupyter server joins them; here nobody does.
        for output in cell.get("outputs", []):
            output["data"] = {kind: "".join(text) for kind, text in output["data"].items()}
        graded = _GRADED.search("".join(cell["source"])) if cell["cell_type"] == "code" else None
        if graded and edition == "selfpaced":
            face = explained_exercise(graded[1], "exercises/keys")
            for output in cell["outputs"]:
                output["data"] = {"text/plain": face.as_text(), "text/html": face.as_html()}
    packed = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    content["metadata"]["knowing_benefit"]["digest"] = hashlib.sha256(packed.encode()).hexdigest()[:16]
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _digest(notebook: str) -> str:
    return str(json.loads(notebook)["metadata"]["knowing_benefit"]["digest"])


def _index(lessons: list[Lesson], edition: str) -> str:
    template = jinja2.Template((HERE / "index.html").read_text("utf-8"), autoescape=True, trim_blocks=True)
    rows = [
        {
            "number": one.front.number, "title": one.front.title, "promise": one.front.promise,
            "file": f"{one.name}.ipynb",
        }
        for one in lessons
    ]  # fmt: skip
    return str(template.render(lessons=rows, needs=NEEDS, graded=edition == "student")) + "\n"


# ---- Packages for the browser ----------------------------------------------------------------------------------------


def _core(folder: Path, work: Path) -> None:
    """Pyodide's own files, fetched by npm and compared with the integrity that was pinned."""
    version, integrity = PYODIDE
    _run(["npm", "pack", f"pyodide@{version}", "--silent", "--prefer-offline"], work, f"fetch pyodide {version} by npm")
    archive = (work / f"pyodide-{version}.tgz").read_bytes()
    if integrity != f"sha512-{base64.b64encode(hashlib.sha512(archive).digest()).decode()}":
        what = f"pyodide {version} from npm is not the one that was pinned"
        raise CourseError(Fault("lite", 0, what, "Do not use it. Ask where it comes from."))
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        for name in _CORE:
            found = opened.extractfile(f"package/{name}")
            assert found is not None  # its bytes are those that were pinned
            (folder / name).write_bytes(found.read())


def _fetched(folder: Path, work: Path) -> Iterator[dict[str, Any]]:
    """The wheels that exist for the browser alone."""
    pinned = (HERE / "browser.txt").read_text("utf-8")
    wanted, here = re.search(r"^pydantic-core==(\S+)", pinned, re.M), metadata.version("pydantic-core")
    if wanted is None or wanted[1] != here:
        what = f"pydantic-core is {here} in this environment, and another in lite/browser.txt"
        raise CourseError(Fault("lite", 0, what, "Make the environment anew, or pin this version there."))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "--python-version", PYTHON, *TAGS]
    _run(
        [*command, "-r", str(HERE / "browser.txt"), "-d", "wheels"], work, "fetch pydantic-core for the browser by pip"
    )
    for path in sorted((work / "wheels").glob("*.whl")):
        yield _entry(Path(shutil.copy(path, folder)))


def _shims(folder: Path) -> Iterator[dict[str, Any]]:
    wheels = _extension(*_LAB_EXTENSIONS[0]) / "static" / "pypi"
    for name in _SHIMS:
        yield _entry(Path(shutil.copy(max(wheels.glob(f"{name}-*.whl")), folder)))


def _packed(folder: Path) -> Iterator[dict[str, Any]]:
    """Wheels of the pure Python in this environment that the kernel and the lessons import."""
    for name in sorted(_closure()):
        found = metadata.distribution(name)
        yield _wheel(folder, re.sub(r"[-.]+", "_", found.metadata["Name"]), found.version, _pure(found))


def _closure() -> set[str]:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    browser = {
        "python_version": PYTHON,
        "python_full_version": f"{PYTHON}.0",
        "sys_platform": "emscripten",
        "extra": "",
    }
    found: set[str] = set()
    todo = list(_ROOTS)
    while todo:
        name = canonicalize_name(todo.pop())
        if name in found or name in _LEFT_OUT:
            continue
        found.add(name)
        required = [Requirement(text) for text in metadata.distribution(name).requires or []]
        todo += [one.name for one in required if one.marker is None or one.marker.evaluate(browser)]
    return found


def _pure(found: metadata.Distribution) -> dict[str, bytes]:
    """What of an installed distribution runs anywhere: no compiled parts, nothing outside of its packages."""
    kept = {}
    for file in found.files or []:
        name = file.as_posix()
        apart = name.startswith("..") or "__pycache__" in name or name.endswith((".so", ".pyd", ".pyc", ".pth"))
        record = ".dist-info/" in name and file.name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
        path = Path(str(found.locate_file(file)))
        if not apart and not record and path.is_file():
            kept[name] = path.read_bytes()
    return kept


def _course(library: Library, edition: str) -> dict[str, bytes]:
    """The course as a package that is also a course folder: ``course_root`` looks above the modules."""
    package = Path(__file__).parents[1]
    files = {"knowing_benefit/__init__.py": (package / "__init__.py").read_bytes()}
    for path in sorted(path for layer in _LAYERS for path in (package / layer).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            files[f"knowing_benefit/{path.relative_to(package).as_posix()}"] = path.read_bytes()
    for name, path in release.sources(library, edition).items():
        if name == "course.py" or PurePosixPath(name).parts[0] in ("data", "exercises"):
            files[f"knowing_benefit/{name}"] = path.read_bytes()
    files[f"knowing_benefit/{release.MANIFEST}"] = json.dumps({"edition": edition}).encode()
    drawn: dict[str, Any] = {f"figure-{name}": Figure(library, one).drawn() for name, one in library.figures.items()}
    drawn["timeline"] = timeline().data
    for name, one in drawn.items():
        packed = json.dumps(one, ensure_ascii=False, sort_keys=True).encode()
        files[f"knowing_benefit/{drawing.READY}/{name}.json"] = packed
    about = f"Metadata-Version: 2.1\nName: knowing-benefit\nVersion: {__version__}\n"
    files[f"knowing_benefit-{__version__}.dist-info/METADATA"] = about.encode()
    return files


def _wheel(folder: Path, name: str, version: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Write a wheel, the same bytes for the same files; its entry in the lock."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(files):
            archive.writestr(zipfile.ZipInfo(file, _EPOCH), files[file], zipfile.ZIP_DEFLATED, 9)
    return _entry(path)


def _entry(path: Path) -> dict[str, Any]:
    name, version = path.name.split("-")[:2]
    return {
        "name": re.sub(r"[_.]+", "-", name).lower(),
        "version": version,
        "file_name": path.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": [name],
        "depends": [],
        "unvendored_tests": False,
    }


def _lock(folder: Path, packages: list[dict[str, Any]]) -> None:
    """Pyodide's list of packages: ours, in place of those that it would fetch from elsewhere."""
    path = folder / "pyodide-lock.json"
    lock = json.loads(path.read_text("utf-8"))
    lock["packages"] = {package["name"]: package for package in sorted(packages, key=lambda one: str(one["name"]))}
    write_atomic(path, json.dumps(lock, indent=1, sort_keys=True) + "\n")


# ---- JupyterLite -----------------------------------------------------------------------------------------------------


def _settings(work: Path, packages: list[str]) -> None:
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": packages}}
    config = {
        "appName": "Knowing Benefit",
        "enableMemoryStorage": False,
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
    }
    write_atomic(
        work / "jupyter-lite.json",
        json.dumps({"jupyter-lite-schema-version": 0, "jupyter-config-data": config}, indent=1),
    )
    shutil.copy(Path(__file__).parents[1] / "view" / "jupyter" / "lab_settings.json", work / "overrides.json")
    own = work / "extension" / _OWN
    about = {
        "name": _OWN,
        "version": __version__,
        "license": "BSD-3-Clause",
        "jupyterlab": {"extension": True, "_build": {"load": "static/remote.js", "extension": "./extension"}},
    }
    write_atomic(own / "package.json", json.dumps(about, indent=1))
    write_atomic(own / "static" / "remote.js", (HERE / "remote.js").read_bytes())


def _built(work: Path) -> Path:
    folders = [*(_extension(*one) for one in _LAB_EXTENSIONS), work / "extension" / _OWN]
    config = {
        "lite_dir": str(work),
        "output_dir": str(work / "made"),
        "cache_dir": str(work / "cache"),
        "contents": [str(work / "files")],
        "apps": ["lab", "notebooks", "tree"],
        "no_sourcemaps": True,
        # Only the extensions that the lessons need: an environment for tests has more.
        "ignore_sys_prefix": True,
        "federated_extensions": [str(folder) for folder in folders],
    }
    write_atomic(work / "jupyter_lite_config.json", json.dumps({"LiteBuildConfig": config}, indent=1))
    _run([sys.executable, "-m", "jupyterlite_core", "build"], work, "build JupyterLite")
    return work / "made"


@cache
def _extension(distribution: str, name: str) -> Path:
    """Where an extension of JupyterLab is installed."""
    found = metadata.distribution(distribution)
    wanted = f"labextensions/{name}/package.json"
    file = next(file for file in found.files or [] if file.as_posix().endswith(wanted))
    return Path(str(found.locate_file(file))).resolve().parent


def _run(command: list[str], folder: Path, what: str) -> None:
    """Run a program in a folder.

    Raises:
        CourseError: it failed; with the last line that it said.
    """
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "It said nothing.").splitlines()[-1]
        raise CourseError(Fault("lite", 0, f"could not {what}", f"See that there is a network. It said: {said}"))
