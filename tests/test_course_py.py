"""course.py, for real: an environment is made in a folder with spaces, damaged, interrupted and made again.

The course in these tests is a toy with a package and a build backend of its own, and its packages are toy wheels in a
folder, so that each environment takes seconds and no network.
"""

from __future__ import annotations

import ast
import errno
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from knowing_benefit.cli import app

ROOT = Path(__file__).parents[1]
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and users as POSIX has them")

PYPROJECT = """[build-system]
requires = ["toys"]
build-backend = "backend"
backend-path = ["."]

[project]
name = "knowing-benefit"
version = "0.1"
dependencies = ["toys"]

[project.optional-dependencies]
test = ["nowhere-to-be-found"]
lite = ["toys"]
"""

BACKEND = '''"""Installs the toy course as editable; slowly, where a file says so."""

import pathlib
import time
import tomllib
import zipfile


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    if pathlib.Path("slow").exists():
        pathlib.Path("building").touch()
        time.sleep(float(pathlib.Path("slow").read_text()))
    name = "knowing_benefit-0.1-py3-none-any.whl"
    info = "knowing_benefit-0.1.dist-info/"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, name), "w") as wheel:
        wheel.writestr("knowing_benefit_toy.pth", str(pathlib.Path("src").resolve()))
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: knowing-benefit\\nVersion: 0.1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "knowing_benefit_toy.pth,,\\n")
    return name
'''

CLI = "import os, sys\nprint('COURSE', *sys.argv[1:], os.path.basename(os.environ['VIRTUAL_ENV']))\nsys.exit(7 if 'fail' in sys.argv else 0)\n"

TRIED = ("jupyterlab/labapp", "ipykernel/kernelapp", "matplotlib/figure", "anywidget", "pydantic", "yaml")
"""What course.py imports to try an environment, as files of the toy package."""


def toy_wheel(folder: Path, name: str, files: list[str]) -> None:
    folder.mkdir(exist_ok=True)
    info = f"{name}-1.0.dist-info/"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for file in files:
            wheel.writestr(f"{file}.py", "TOY = True\n")
        wheel.writestr(f"{info}METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        sizes = {one.filename: one.file_size for one in wheel.infolist()}
        wheel.writestr(
            f"{info}RECORD",
            "".join(f"{file},sha256=toy,{size}\n" for file, size in sizes.items()) + f"{info}RECORD,,\n",
        )


def toy_course(folder: Path) -> Path:
    files = {
        "pyproject.toml": PYPROJECT,
        "constraints.txt": "toys==1.0\neditables==1.0\n",
        "backend.py": BACKEND,
        "src/knowing_benefit/__init__.py": "",
        "src/knowing_benefit/cli.py": CLI,
        "src/knowing_benefit/view/jupyter/lab_settings.json": "{}",
        "src/knowing_benefit/view/jupyter/server_extension.json": "{}",
        "tests/run.py": "print('TESTS')\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    shutil.copy(ROOT / "course.py", folder)
    toy_wheel(folder / "wheels", "toys", list(TRIED))
    toy_wheel(folder / "wheels", "editables", ["editables"])
    return folder


def variables(course: Path, **more: str) -> dict[str, str]:
    """This computer's variables, with a pip that knows nothing but the toy wheels."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    wheels = (course / "wheels").as_uri()
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels, **more}


def command(course: Path, *words: str) -> list[str]:
    return [sys.executable, str(course / "course.py"), *words]


def start(course: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(course, *words), env=variables(course, **more), cwd="/", capture_output=True, text=True, timeout=120
    )


def loaded(course: Path) -> Any:
    """The folder's course.py as a module."""
    spec = importlib.util.spec_from_file_location("course_under_test", course / "course.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def one_sentence_and_its_mend(stderr: str) -> str:
    """The message, which is one line without a traceback and says at least two things."""
    lines = stderr.strip().splitlines()
    assert len(lines) == 1, stderr
    assert re.fullmatch(r".+\. .+\.|.+ course\.py open", lines[0]), stderr
    assert "Traceback" not in stderr and "Errno" not in stderr
    return lines[0]


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A toy course in which nothing was started yet."""
    return toy_course(tmp_path / "My Course (2026)")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy course with its environment, made by a first start. Tests leave it whole."""
    course = toy_course(tmp_path_factory.mktemp("made") / "A course & its folder")
    done = start(course, "analyze", "gg")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 of 4" in done.stdout and done.stdout.endswith("COURSE analyze gg .venv\n")
    return course


# -- The Python that starts it -----------------------------------------------------------------------------------------


def test_a_python_that_is_too_old_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    module = loaded(ROOT)
    module.require_python((3, 11, 0))
    module.require_python((4, 0, 0))
    monkeypatch.setattr(module, "newer_python", lambda: None)
    with pytest.raises(
        module.Stop, match=r"^This is Python 3\.10\.4, and the course needs 3\.11 or newer\. Install Python 3\.\d+ from"
    ):
        module.require_python((3, 10, 4))
    monkeypatch.setattr(module, "newer_python", lambda: "python3.12")
    with pytest.raises(module.Stop, match=r"which is here too\. Start it with that: python3\.12 course\.py open$"):
        module.require_python((2, 7, 18))


def old_pythons() -> list[str]:
    """Old Pythons of this computer: on the path, or kept by pyenv."""
    names = [f"python{version}" for version in ("2.7", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10")]
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/*/bin/python")
    found = [shutil.which(name) for name in names] + [str(path) for path in sorted(kept)]
    return [path for path in found if path and is_old(path)]


def is_old(path: str) -> bool:
    said = subprocess.run([path, "-c", "import sys; print(sys.version_info < (3, 11))"], capture_output=True, text=True)
    return said.stdout.strip() == "True"


def test_old_pythons_of_this_computer_get_the_sentence_and_no_syntax_error(tmp_path: Path) -> None:
    pythons = old_pythons()
    if not pythons:
        pytest.skip("no Python older than 3.11 on this computer to try course.py with")
    shutil.copy(ROOT / "course.py", tmp_path)
    for python in pythons:
        done = subprocess.run(
            [python, str(tmp_path / "course.py"), "open"], env={"PATH": os.defpath}, capture_output=True, text=True
        )
        assert done.returncode == 2, python
        assert "the course needs 3.11 or newer" in one_sentence_and_its_mend(done.stderr)
    assert os.listdir(tmp_path) == ["course.py"]


def test_the_file_has_no_syntax_or_letters_that_an_old_python_cannot_read() -> None:
    source = (ROOT / "course.py").read_text("ascii")
    tree = ast.parse(source, feature_version=(3, 4))
    new = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.AsyncFunctionDef, ast.Match)
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, new)]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert not [one.name for one in functions if one.args.kwonlyargs or one.args.posonlyargs or one.returns]
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.cause]


def test_only_the_standard_library_is_used() -> None:
    tree = ast.parse((ROOT / "course.py").read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_which_package_to_install(fresh: Path, module: str) -> None:
    without = f"import sys, runpy; sys.modules[{module!r}] = None; sys.argv = ['course.py', 'open']; runpy.run_path({str(fresh / 'course.py')!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True)
    assert done.returncode == 2
    assert f"sudo apt install python3.{sys.version_info[1]}-venv" in one_sentence_and_its_mend(done.stderr)
    assert not (fresh / ".venv").exists()


# -- A second start, and what it trusts --------------------------------------------------------------------------------


def test_a_second_start_does_nothing_but_hand_over(made: Path) -> None:
    before = (made / ".venv" / "knowing-benefit.json").stat().st_mtime_ns
    done = start(made, "open", "1", "--no-browser", PIP_FIND_LINKS="nothing-is-asked-of-pip")
    assert (done.returncode, done.stdout, done.stderr) == (0, "COURSE open 1 --no-browser .venv\n", "")
    assert (made / ".venv" / "knowing-benefit.json").stat().st_mtime_ns == before


def test_the_exit_code_is_that_of_the_command(made: Path) -> None:
    assert start(made, "fail").returncode == 7


def test_another_python_of_the_same_kind_or_a_link_to_the_folder_is_no_reason_to_start_anew(
    made: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(made)
    assert start(tmp_path / "link", "open").stdout == "COURSE open .venv\n"


@pytest.fixture
def whole(made: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The module and the stamp of a whole environment; that it is whole is looked at before and after."""
    module = loaded(made)
    stamp = module.read_stamp()
    assert module.trouble(stamp) == ""
    yield module, stamp
    assert module.trouble(module.read_stamp()) == ""


def test_a_lost_or_cut_file_is_seen(whole: tuple[Any, dict[str, Any]]) -> None:
    module, stamp = whole
    for name in ("jupyterlab/labapp.py", "yaml.py", "toys-1.0.dist-info/METADATA", "toys-1.0.dist-info/RECORD"):
        path = Path(module.site_packages(), name)
        content = path.read_bytes()
        for damage in (path.unlink, lambda path=path, content=content: path.write_bytes(content[:-1])):
            damage()
            assert module.trouble(stamp) != "" or (name.endswith("RECORD") and path.exists()), name
            path.write_bytes(content)


def test_a_python_that_is_gone_or_another_is_seen(
    whole: tuple[Any, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, stamp = whole
    assert module.trouble({**stamp, "python": "3.9"}) == "its Python is gone or has changed"
    assert module.trouble({**stamp, "python": ""}) == "its Python is gone or has changed"
    monkeypatch.setattr(module, "PYTHON", module.PYTHON + "-gone")
    assert module.trouble(stamp) == "its Python is gone or has changed"
    monkeypatch.undo()


def test_a_copied_folder_is_seen(whole: tuple[Any, dict[str, Any]], tmp_path: Path) -> None:
    module, stamp = whole
    assert module.trouble({**stamp, "where": str(tmp_path)}) == "the folder was moved or copied"
    assert module.trouble({**stamp, "where": str(tmp_path / "gone")}) == "the folder was moved or copied"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"definition": "x"}',
        '{"definition": 1, "python": "", "where": "", "extras": [], "packages": []}',
    ],
)
def test_a_stamp_that_is_none_is_not_trusted(fresh: Path, content: str) -> None:
    (fresh / ".venv").mkdir()
    (fresh / ".venv" / "knowing-benefit.json").write_text(content)
    module = loaded(fresh)
    assert module.read_stamp() is None
    assert module.trouble(module.read_stamp()) == "it was never finished"


def test_what_the_environment_is_made_from_decides_whether_it_is_up_to_date(fresh: Path) -> None:
    module = loaded(fresh)
    seen = {module.definition()}
    for name in module.DEFINITION:
        with (fresh / name).open("a") as stream:
            stream.write("\n")
        seen.add(module.definition())
    assert len(seen) == 1 + len(module.DEFINITION)
    (fresh / "constraints.txt").unlink()
    with pytest.raises(module.Stop, match=r"constraints\.txt is missing"):
        module.definition()


def test_a_command_with_packages_of_its_own_gets_them_once(made: Path) -> None:
    done = start(made, "lite", "--out", "x")
    assert done.returncode == 0 and "up to date" in done.stdout and done.stdout.endswith("COURSE lite --out x .venv\n")
    assert loaded(made).read_stamp()["extras"] == ["lite"]
    assert start(made, "lite").stdout == "COURSE lite .venv\n"
    assert start(made, "check").stdout == "COURSE check .venv\n"


def test_a_failed_update_leaves_what_worked(made: Path) -> None:
    failed = start(made, "test")
    assert failed.returncode == 2
    assert "no package index answered" in one_sentence_and_its_mend(failed.stderr)
    assert "3" in failed.stdout and "TESTS" not in failed.stdout
    assert start(made, "open").stdout == "COURSE open .venv\n"
    assert not (made / ".venv" / "knowing-benefit.json.before").exists()


def test_new_pins_bring_the_environment_up_to_date_in_place(made: Path) -> None:
    stamp = json.loads((made / ".venv" / "knowing-benefit.json").read_text())
    (made / "constraints.txt").write_text("toys==1.0\neditables==1.0\n# changed\n")
    done = start(made, "open")
    assert done.returncode == 0 and "3 of 3" in done.stdout and "Making a place" not in done.stdout
    again = json.loads((made / ".venv" / "knowing-benefit.json").read_text())
    assert again["definition"] != stamp["definition"] and again["packages"] == stamp["packages"]


# -- Interrupted, two at once, somebody else's -------------------------------------------------------------------------


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end, "this never happened"
        time.sleep(0.02)


def begin(course: Path) -> subprocess.Popen[str]:
    """A start in the background, as a terminal would start it: in a group of its own."""
    return subprocess.Popen(
        command(course, "open"),
        env=variables(course),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@POSIX
def test_killed_in_the_middle_then_two_at_once(fresh: Path) -> None:
    (fresh / "slow").write_text("3")
    first = begin(fresh)
    wait_for((fresh / "building").exists)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert (fresh / ".venv").exists()
    module = loaded(fresh)
    assert module.read_stamp() is None
    # pip is still at work for the killed start, and keeps others out until it ends.
    with (fresh / ".venv.lock").open("a+") as lock:
        assert not module.try_lock(lock)
    (fresh / "slow").unlink()
    both = [begin(fresh), begin(fresh)]
    said = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert all(out.endswith("COURSE open .venv\n") for out, _ in said)
    assert sorted("Preparing the course" in out for out, _ in said) == [False, True]
    assert any("Another start is preparing this folder" in out for out, _ in said)
    assert any("cannot be used: it was never finished" in out for out, _ in said)
    assert module.trouble(module.read_stamp()) == ""
    assert not (fresh / ".venv-old").exists() and not (fresh / ".venv-before").exists()


@POSIX
@pytest.mark.parametrize("everyone", [True, False], ids=["the whole group, as Ctrl-C does", "course.py alone"])
def test_ctrl_c_is_quiet_and_leaves_nothing(fresh: Path, everyone: bool) -> None:
    (fresh / "slow").write_text("60")
    begun = begin(fresh)
    wait_for((fresh / "building").exists)
    if everyone:
        os.killpg(begun.pid, signal.SIGINT)
    else:
        begun.send_signal(signal.SIGINT)
    _, err = begun.communicate(timeout=30)
    assert begun.returncode == 130
    assert err.strip() == "Stopped. Nothing half-made will be used."
    assert not (fresh / ".venv").exists()


@pytest.mark.parametrize("kind", ["environment", "file", "link to nowhere"])
def test_what_course_py_did_not_make_is_kept(fresh: Path, kind: str) -> None:
    module = loaded(fresh)
    if kind == "environment":
        (fresh / ".venv").mkdir()
        (fresh / ".venv" / "pyvenv.cfg").write_text("home = elsewhere")
    elif kind == "file":
        (fresh / ".venv").write_text("words")
    else:
        (fresh / ".venv").symlink_to(fresh / "nowhere")
    (fresh / ".venv-before").mkdir()
    module.clear_away()
    assert not os.path.lexists(fresh / ".venv")
    kept = fresh / ".venv-before-2"
    assert os.path.lexists(kept)
    assert kind != "environment" or (kept / "pyvenv.cfg").exists()


def test_what_course_py_made_is_removed(fresh: Path) -> None:
    (fresh / ".venv").mkdir()
    module = loaded(fresh)
    Path(module.OURS).write_text("")
    (fresh / ".venv-old").mkdir()
    module.clear_away()
    assert not [name for name in os.listdir(fresh) if name.startswith(".venv")]


# -- The world is not as it should be ----------------------------------------------------------------------------------


def test_no_network(fresh: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        index = f"http://127.0.0.1:{closed.getsockname()[1]}/simple"
        done = start(fresh, "open", PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL=index, PIP_RETRIES="1")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "no package index answered. Connect this computer" in one_sentence_and_its_mend(done.stderr)
    assert not (fresh / ".venv").exists()


def test_an_index_without_our_version(fresh: Path) -> None:
    (fresh / "constraints.txt").write_text("toys==2.0\neditables==1.0\n")
    done = start(fresh, "open")
    assert done.returncode == 2
    assert "does not have toys" in one_sentence_and_its_mend(done.stderr), done.stderr
    assert not (fresh / ".venv").exists()


def test_too_little_room(fresh: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    module = loaded(fresh)
    usage = shutil.disk_usage(fresh)._replace(free=120 * 2**20)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda path: usage)
    assert module.start(["open"]) == 2
    said = one_sentence_and_its_mend(capsys.readouterr().err)
    assert re.match(r"The disk has 120 MB left, and the course needs \d+\. Make room", said)
    assert not (fresh / ".venv").exists()


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EROFS, "This folder cannot be written to"),
        (errno.EACCES, "This folder cannot be written to"),
        (errno.EIO, "There is a problem with the folder"),
    ],
)
def test_the_disk_fails_in_the_middle(
    fresh: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int, what: str
) -> None:
    module = loaded(fresh)

    def fails(*_: object) -> None:
        assert (fresh / ".venv").exists()
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(module, "run", fails)
    assert module.start(["open"]) == 2
    assert one_sentence_and_its_mend(capsys.readouterr().err).startswith(what)
    assert not (fresh / ".venv").exists()


@POSIX
def test_a_folder_that_may_not_be_written_to(fresh: Path) -> None:
    as_root = os.geteuid() == 0
    nobody: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []} if as_root else {}
    python = "/usr/bin/python3" if as_root else sys.executable
    try:
        version = subprocess.run(
            [python, "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True, text=True, **nobody
        )
    except OSError:
        pytest.skip("no Python that a user without rights could start")
    if version.stdout.strip() != "True":
        pytest.skip("no Python of 3.11 or newer that a user without rights could start")
    os.chmod(fresh, 0o555)
    # pytest's own folders are closed to others.
    above = [folder for folder in fresh.parents if folder.stat().st_uid == os.geteuid() and "pytest" in str(folder)]
    modes = {folder: folder.stat().st_mode for folder in above}
    try:
        for folder in above:
            folder.chmod(0o755)
        done = subprocess.run(
            [python, str(fresh / "course.py"), "open"], capture_output=True, text=True, cwd="/", **nobody
        )
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)
        os.chmod(fresh, 0o755)
    assert done.returncode == 2, done.stdout + done.stderr
    assert one_sentence_and_its_mend(done.stderr).startswith("This folder cannot be written to. Copy the course")
    assert not (fresh / ".venv").exists() and not (fresh / ".venv.lock").exists()


SAID = {
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device": "The disk is full",
    "ERROR: [Errno 30] Read-only file system: '/x'": "This folder cannot be written to",
    "[Errno 2] No such file\nHINT: This error might have occurred since this system does not have Windows Long Path support enabled.": "too long for Windows",
    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'))\nMax retries exceeded": "its certificate is not accepted",
    "WARNING: Retrying ... NewConnectionError('Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')": "no package index answered",
    "ERROR: Could not find a version that satisfies the requirement numpy (from versions: none)\nERROR: No matching distribution found for numpy": "no package index answered",
    "ERROR: Could not find a version that satisfies numpy (from versions: 1.0)\nERROR: No matching distribution found for numpy==2.4.6\n": "does not have numpy==2.4.6",
    "ERROR: Cannot install ...\nThe user requested toys\n    The user requested (constraint) toys==2.0\nERROR: ResolutionImpossible": "does not have toys==2.0",
    "  error: subprocess-exited-with-error\n  Microsoft Visual C++ 14.0 is required\nERROR: Failed building wheel for contourpy": "could not be built",
    "ERROR: [WinError 5] Access is denied: 'x'": "cannot be written to",
    "something new\nERROR: who knows": "Installing failed: ERROR: who knows.",
}


@pytest.mark.parametrize(("said", "told"), SAID.items(), ids=SAID.values())
def test_what_pip_says_becomes_one_sentence_and_a_mend(fresh: Path, said: str, told: str) -> None:
    module = loaded(fresh)
    assert told in one_sentence_and_its_mend(str(module.why_failed(said, 1)))
    kept = fresh / ".venv-install.log"
    assert kept.exists() == told.startswith("Installing failed") and (not kept.exists() or kept.read_text() == said)


def test_pip_killed_for_want_of_memory(fresh: Path) -> None:
    assert "stopped from outside" in one_sentence_and_its_mend(str(loaded(fresh).why_failed("Collecting numpy", -9)))


def test_variables_that_lead_elsewhere_are_not_passed_on(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PIP_INDEX_URL", "kept")
    module = loaded(fresh)
    passed = module.clean_environment()
    assert not {"PYTHONPATH", "PYTHONHOME", "PIP_TARGET"} & passed.keys()
    assert (passed["PIP_USER"], passed["PIP_INDEX_URL"]) == ("0", "kept")
    assert passed["PATH"].startswith(module.BIN + os.pathsep)


def test_progress_speaks_of_what_pip_does(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = loaded(fresh)
    begun: list[str] = []
    steps = type("", (), {"begin": lambda self, left, title: begun.append(title)})()
    where = module.pip_progress(steps)
    assert where([]) == ""
    assert where(["Collecting numpy==2.4.6\n", "Collecting yaml>=1\n"]) == "2 so far, yaml"
    assert (
        where(["Collecting numpy\n", "WARNING: Retrying (Retry(total=4))\n"])
        == "the network does not answer, trying again"
    )
    assert where(["Installing collected packages: a, b, c\n"]) == "" and begun == ["Unpacking them"]
    monkeypatch.setattr(module, "packages", lambda: ["a"])
    assert where([]) == "1 of 3"


# -- What is written beside it -----------------------------------------------------------------------------------------


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("ascii").splitlines()
    found = [re.fullmatch(r"([a-z0-9.-]+)==([0-9][0-9a-z.]*)", line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found, strict=True) if not match]
    names = [match[1] for match in found if match]
    assert names == sorted(set(names))
    return {match[1]: match[2] for match in found if match}


def test_every_package_of_this_environment_is_pinned_to_its_version() -> None:
    here = {re.sub(r"[-_.]+", "-", one.name).lower(): one.version for one in importlib.metadata.distributions()}
    for not_ours in ("pip", "setuptools", "knowing-benefit"):
        here.pop(not_ours, None)
    assert {name: (version, pins().get(name)) for name, version in here.items() if pins().get(name) != version} == {}


def test_every_package_asked_for_is_pinned() -> None:
    asked = loaded(ROOT).requirements(["test"])
    names = {re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", one)[0]).lower() for one in asked}  # type: ignore[index]
    assert names and names <= pins().keys()


def test_the_environment_switches_on_the_endpoint_and_the_settings() -> None:
    for name, place in (
        ("server_extension.json", "etc/jupyter/jupyter_server_config.d/knowing_benefit.json"),
        ("lab_settings.json", "share/jupyter/lab/settings/overrides.d/knowing_benefit.json"),
    ):
        source = ROOT / "src" / "knowing_benefit" / "view" / "jupyter" / name
        assert json.loads(Path(sys.prefix, place).read_text("utf-8")) == json.loads(source.read_text("utf-8"))


def test_jupyterlab_knows_every_setting_that_we_set() -> None:
    source = ROOT / "src" / "knowing_benefit" / "view" / "jupyter" / "lab_settings.json"
    schemas = Path(sys.prefix, "share", "jupyter", "lab", "schemas")
    for plugin, settings in json.loads(source.read_text("utf-8")).items():
        package, name = plugin.split(":")
        known = json.loads((schemas / package / f"{name}.json").read_text("utf-8"))["properties"]
        assert settings.keys() <= known.keys()


def test_help_is_given_without_making_anything(fresh: Path) -> None:
    for words in ([], ["--help"]):
        done = start(fresh, *words)
        assert done.returncode == 0 and "python3 course.py open" in done.stdout
    assert not (fresh / ".venv").exists()


def test_help_names_every_command_and_the_command_what_a_reader_types(fresh: Path) -> None:
    commands = {str(one.name or one.callback.__name__) for one in app.registered_commands if one.callback}
    listed = re.search(r"another word: ([^;]+);", loaded(ROOT).__doc__, re.DOTALL)
    assert listed and set(re.split(r",\s+", listed[1])) == commands - {"open"}
    module = loaded(ROOT)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(module.WITH_EXTRAS) <= commands & extras.keys()
    # These tests may have been started by course.py themselves.
    plain = {name: value for name, value in os.environ.items() if name != "KNOWING_BENEFIT_STARTED_AS"}
    for given in ({}, {"KNOWING_BENEFIT_STARTED_AS": "python3 course.py"}):
        name = given.get("KNOWING_BENEFIT_STARTED_AS", "course")
        said = [
            subprocess.run(
                [sys.executable, "-m", "knowing_benefit", *words],
                env={**plain, "PYTHONPATH": str(ROOT / "src"), **given},
                capture_output=True,
                text=True,
                timeout=60,
            )
            for words in (["opne"], ["open", "--help"])
        ]
        assert said[0].returncode == 2 and f"Try '{name} --help' for help." in said[0].stderr
        assert "Did you mean 'open'?" in said[0].stderr
        assert said[1].returncode == 0 and f"Example: {name} open 1 --no-browser" in said[1].stdout


def test_a_hand_out_has_no_tests_to_run(fresh: Path) -> None:
    shutil.rmtree(fresh / "tests")
    done = start(fresh, "test")
    assert done.returncode == 2 and "has no tests" in one_sentence_and_its_mend(done.stderr)
    assert not (fresh / ".venv").exists()


def test_ci_calls_exactly_the_one_command() -> None:
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")]
    assert lines == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec python3 course.py test"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK) or os.name != "posix"


# -- The runner of the tests -------------------------------------------------------------------------------------------


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """tests/run.py in a course with one notebook, whose steps are toys."""
    spec = importlib.util.spec_from_file_location("run_under_test", ROOT / "tests" / "run.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "find_browser", lambda: None)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00_a.ipynb").touch()
    return module


def toys(**codes: int) -> Callable[[], list[tuple[str, list[str]]]]:
    return lambda: [(name, [sys.executable, "-c", f"raise SystemExit({code})"]) for name, code in codes.items()]


def test_all_steps_run_and_one_failure_fails_all(
    runner: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runner, "steps", toys(style=0, types=0))
    assert runner.main([]) == 0
    assert "2 of 2 steps passed" in capsys.readouterr().out
    monkeypatch.setattr(runner, "steps", toys(style=1, no_test_found=5, last=0))
    assert runner.main([]) == 1
    said = capsys.readouterr().out
    assert re.search(
        r"FAILED +0 s  style\n +FAILED +0 s  no_test_found\n +passed +0 s  last\n1 of 3 steps passed", said
    )


def test_no_notebooks_is_no_success(runner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "steps", toys(style=0))
    (runner.ROOT / "notebooks" / "00_a.ipynb").unlink()
    assert runner.main([]) == 2


def test_words_after_two_dashes_go_to_pytest_alone(runner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(runner, "run", lambda name, command: (ran.append(command), (0, 0.0))[1])
    assert runner.main(["--", "-k", "lab"]) == 0
    assert len(ran) == 1 and ran[0][1:3] == ["-m", "pytest"] and ran[0][-2:] == ["-k", "lab"]


def test_every_proof_is_among_the_steps(runner: Any) -> None:
    said = "\n".join(" ".join(command) for _, command in runner.steps())
    for proof in (
        "ruff check",
        "-m mypy",
        "lint-imports",
        "cli check",
        "build --check",
        "tests",
        "--nbval --nbval-cell-timeout 60 notebooks",
    ):
        assert proof in said
    assert "nbval-lax" not in said
