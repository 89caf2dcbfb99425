"""A class on a real JupyterHub: users of this computer sign in, answer, hand in, and are graded; nobody sees another's answers.

The hub runs with the settings that the course ships (deploy/jupyterhub). All it makes is taken away again: users, their group,
their homes, and every process.
"""

from __future__ import annotations

import csv
import grp
import json
import os
import pwd
import re
import secrets
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import knowing_benefit
from knowing_benefit.assess.handin import read
from knowing_benefit.assess.items import load_exercise, load_key
from knowing_benefit.assess.scoring import score
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish.hubload import Refused, Student, proxy_command, running
from knowing_benefit.publish.release import release

pytestmark = pytest.mark.hub

ROOT = Path(__file__).parents[2]
LESSON = "01_the_case"
SOURCES = str(Path(knowing_benefit.__file__).parents[1])
PACKAGES = sysconfig.get_path("purelib")


def why_not() -> str:
    """Why this test cannot run here; empty if it can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "needs root, to make users"
    missing = [name for name in ("useradd", "userdel", "chpasswd", "groupadd") if shutil.which(name) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    try:
        proxy_command()
    except CourseError as problem:
        return str(problem)
    return "" if python_for_all() else "needs a Python, and packages, that other users of this computer may use"


def python_for_all() -> str | None:
    """A Python like ours that every user of this computer may start, and with which the installed packages work."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for path in (os.path.realpath(sys.executable), f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        try:
            looked = subprocess.run(
                [path, "-c", "import knowing_benefit.cli, jupyterhub"],
                env={"PYTHONPATH": f"{SOURCES}:{PACKAGES}", "PATH": os.defpath},
                user="nobody",
                group=pwd.getpwnam("nobody").pw_gid,
                extra_groups=[],
                cwd="/",
                check=False,
                capture_output=True,
            )
        except OSError:
            continue
        if looked.returncode == 0:
            return path
    return None


def environment(folder: Path) -> None:
    """An environment for students' servers that has our packages; ours itself may begin in a folder that is root's own."""
    run(str(python_for_all()), "-m", "venv", "--without-pip", str(folder))
    inside = next(folder.glob("lib/python*/site-packages"))
    (inside / "ours.pth").write_text(f"{SOURCES}\n{PACKAGES}\n", "utf-8")
    for name in ("share", "etc"):
        # Where JupyterLab's own pages are, and where our extension is switched on.
        (folder / name).symlink_to(Path(sys.prefix) / name)
    # alembic is what nbgrader calls by name.
    for name, module in (("course", "knowing_benefit.cli"), ("alembic", "alembic.config")):
        script = folder / "bin" / name
        script.write_text(f"#!{folder}/bin/python\nfrom {module} import main\nmain()\n", "utf-8")
        script.chmod(0o755)


@dataclass
class Class:
    """The hub and the people on it.

    Attributes:
        place: what ``folders.sh`` made, and the instructors' course folder.
        homes: the home of each account.
        group: the instructors' group, which is new in each run.
    """

    place: Path
    address: str
    group: str
    teacher: str
    homes: dict[str, Path]
    students: list[Student] = field(default_factory=list)

    @property
    def inbound(self) -> Path:
        return self.place / "inbound"

    def folder(self, student: Student) -> Path:
        return self.homes[student.name] / "knowing-benefit"

    def kept(self, student: Student) -> dict[str, Any]:
        """The answers in a student's home."""
        path = self.folder(student) / "answers" / f"{LESSON}.json"
        return {name: item["value"] for name, item in json.loads(path.read_text("utf-8"))["items"].items()}

    def handed(self, number: str) -> list[Path]:
        """The files handed in under a number, the oldest first."""
        return sorted(self.inbound.glob(f"{number}_hub-*.json"))

    def as_user(self, name: str, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run something as a user of this computer, with that user's groups."""
        account = pwd.getpwnam(name)
        return subprocess.run(
            command,
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=os.getgrouplist(name, account.pw_gid),
            cwd=cwd or "/",
            # As the hub gives them to a student's server.
            env={"HOME": account.pw_dir, "PATH": f"{self.place}/env/bin:{os.defpath}", "JUPYTERHUB_USER": name},
            check=False,
            capture_output=True,
            text=True,
        )


def password(group: str, name: str) -> str:
    return f"{group}-{name}-{os.getpid()}"


def run(*command: str, **more: Any) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def klass() -> Iterator[Class]:
    if reason := why_not():
        pytest.skip(f"a JupyterHub with real users: {reason}")
    group = f"kb{secrets.token_hex(3)}"
    teacher, *names = (f"{group}{who}" for who in ("teacher", "ada", "ben"))
    place = Path(tempfile.mkdtemp(prefix="kb-hub-"))
    place.chmod(0o755)
    try:
        homes = {name: place / "home" / name for name in (teacher, *names)}
        (place / "home").mkdir(mode=0o755)
        environment(place / "env")
        for name, home in homes.items():
            run("useradd", "-m", "-d", str(home), "-K", "HOME_MODE=0700", "-s", "/bin/bash", name)
            run("chpasswd", input=f"{name}:{password(group, name)}")
        folders(place, group)
        run("usermod", "-aG", group, teacher)
        # As README.md says: instructors read the course with its keys, others do not enter.
        run("chown", "-R", f"root:{group}", str(place / "course"))
        run("chmod", "-R", "u=rwX,g=rX,o=", str(place / "course"))
        hub = place / "hub"
        hub.mkdir(mode=0o700)
        config = f"""
load_subconfig({str(place / "course/deploy/jupyterhub/jupyterhub_config.py")!r})
c = get_config()
c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allowed_users = {set(names)!r}
c.PAMAuthenticator.open_sessions = False
"""
        variables = {"KNOWING_BENEFIT_PLACE": str(place), "KNOWING_BENEFIT_BIN": str(place / "env" / "bin")}
        with running(hub, config, variables) as (address, _):
            found = Class(place, address, group, teacher, homes, [Student(address, name) for name in names])
            for student in found.students:
                student.sign_in(password(group, student.name))
            with ThreadPoolExecutor(len(names)) as together:
                list(together.map(Student.start, found.students))
            yield found
    finally:
        left = take_away(place, group, (teacher, *names))
    assert left == []


def folders(place: Path, group: str) -> None:
    """What an administrator does: the instructors' folder, and folders.sh in it."""
    release(Library(ROOT), "instructor", place / "course")
    renewed(place, group)


def renewed(place: Path, group: str) -> None:
    given = {"PATH": os.environ["PATH"], "COURSE": str(place / "env" / "bin" / "course")}
    run("sh", "deploy/jupyterhub/folders.sh", str(place), group, cwd=place / "course", env=given)


def take_away(place: Path, group: str, names: tuple[str, ...]) -> list[str]:
    """Remove the users, their processes and all folders; what could not be removed."""
    import psutil

    numbers = {pwd.getpwnam(name).pw_uid for name in names if name in {one.pw_name for one in pwd.getpwall()}}
    theirs = [one for one in psutil.process_iter(["uids"]) if one.info["uids"] and one.info["uids"].real in numbers]
    for one in theirs:
        one.kill()
    psutil.wait_procs(theirs, timeout=10)
    for name in names:
        subprocess.run(["userdel", name], check=False, capture_output=True)
    subprocess.run(["groupdel", group], check=False, capture_output=True)
    shutil.rmtree(place, ignore_errors=True)
    users = {one.pw_name for one in pwd.getpwall()}
    groups = {one.gr_name for one in grp.getgrall()}
    return [name for name in names if name in users] + [group] * (group in groups) + [str(place)] * place.exists()


@pytest.fixture
def ada(klass: Class) -> Student:
    return klass.students[0]


@pytest.fixture
def ben(klass: Class) -> Student:
    return klass.students[1]


def save(student: Student, item: str, value: Any, seq: int = 1) -> Any:
    return student.tell(
        op="save", exercise=LESSON, exercise_version=1, item=item, value=value, seq=seq, tab=f"tab of {student.name}"
    )


# -- Reading and answering ---------------------------------------------------------------------------------------------


def test_a_wrong_password_is_refused(klass: Class, ada: Student) -> None:
    with pytest.raises(Refused):
        Student(klass.address, ada.name).sign_in("guessed")


def test_each_student_has_a_course_of_their_own_without_a_key(klass: Class) -> None:
    for student in klass.students:
        folder = klass.folder(student)
        assert folder.stat().st_mode & 0o7777 == 0o700
        assert folder.owner() == student.name
        assert not (folder / "exercises" / "keys").exists()
        assert b"data-kb-face" in student.read(LESSON)


def test_answers_are_kept_in_the_student_s_own_home(klass: Class, ada: Student, ben: Student) -> None:
    assert save(ada, "q02", ["a"])["op"] == "saved"
    assert save(ben, "q02", ["b"])["op"] == "saved"
    assert ada.sheet(LESSON, 1)["items"]["q02"]["value"] == ["a"]
    assert (klass.kept(ada)["q02"], klass.kept(ben)["q02"]) == (["a"], ["b"])
    assert (klass.folder(ada) / f"answers/{LESSON}.json").stat().st_mode & 0o777 == 0o600


# -- Nobody sees another's ---------------------------------------------------------------------------------------------


def test_nobody_reads_or_writes_another_s_answers_over_the_network(klass: Class, ada: Student, ben: Student) -> None:
    save(ada, "q03", "a")
    query = f"knowing-benefit/answers?exercise={LESSON}&exercise_version=1"
    paths = (query, f"api/contents/answers/{LESSON}.json", f"files/answers/{LESSON}.json", "api/kernels", "lab")
    for asker in (ben, Student(klass.address, "nobody in particular")):
        for path in paths:
            try:
                said = asker.ask(f"{ada.server}/{path}")
            except Refused as problem:
                assert problem.status in (401, 403, 404), path
            else:
                # Whoever is not signed in is sent to the hub's own page for that.
                assert b'id="login-main"' in said or b"Sign in" in said, path
                assert b"q03" not in said
    body = json.dumps({"op": "save", "exercise": LESSON, "exercise_version": 1, "item": "q03", "value": "z"}).encode()
    with pytest.raises(Refused) as caught:
        ben.ask(f"{ada.server}/knowing-benefit/answers", body, "POST")
    assert caught.value.status in (403, 405)
    assert klass.kept(ada)["q03"] == "a"
    with pytest.raises(Refused):
        ben.ask(f"{klass.address}/hub/api/users/{ada.name}", page=f"{klass.address}/hub/home")


def test_nobody_reads_another_s_answers_on_the_disk(klass: Class, ada: Student, ben: Student) -> None:
    save(ada, "q03", "a")
    ada.tell(op="hand-in", number="A-101")
    handed = klass.handed("A-101")[-1]
    sheet = str(klass.folder(ada) / f"answers/{LESSON}.json")
    tries = {
        "read the sheet": ["cat", sheet],
        "list the home": ["ls", str(klass.homes[ada.name])],
        "list what was handed in": ["ls", str(klass.inbound)],
        # Even with the name, which cannot be listed or guessed.
        "read what was handed in": ["cat", str(handed)],
        "change what was handed in": ["cp", "/dev/null", str(handed)],
        "remove what was handed in": ["rm", "-f", str(handed)],
        "rename what was handed in": ["mv", "-f", str(handed), f"{handed}.old"],
        "read the keys": ["ls", str(klass.place / "course")],
    }
    before = handed.read_bytes()
    for what, command in tries.items():
        done = klass.as_user(ben.name, *command)
        assert done.returncode != 0, what
        assert "denied" in done.stderr or "not permitted" in done.stderr, (what, done.stderr)
    assert handed.read_bytes() == before
    # The same commands do succeed for those who may.
    assert klass.as_user(ada.name, "cat", sheet).returncode == 0
    assert klass.as_user(klass.teacher, "cat", str(handed)).returncode == 0
    assert klass.as_user(klass.teacher, "cat", sheet).returncode != 0


# -- Handing in and grading --------------------------------------------------------------------------------------------


def test_what_is_handed_in_is_graded_by_the_instructor(klass: Class, ada: Student, ben: Student) -> None:
    exercise = load_exercise(ROOT / "exercises" / f"{LESSON}.yaml")
    keys = load_key(ROOT / "exercises" / "keys" / f"{LESSON}.yaml", exercise)
    item = next(item for item in exercise.items if item.kind == "one")
    for seq, option in enumerate(("a", "b"), 10):
        assert save(ada, item.id, option, seq)["op"] == "saved"
        assert ada.tell(op="hand-in", number="A-101")["delivered"] is True
    assert save(ben, item.id, "c")["op"] == "saved"
    reply = ben.tell(op="hand-in", number="b-202")
    assert (reply["op"], reply["file"], reply["delivered"]) == ("handed-in", "hand-in/B-202.json", True)

    last = klass.handed("A-101")[-1]
    assert read(last.read_bytes()).sheets[0].items[item.id] == "b"
    assert (last.owner(), last.group(), last.stat().st_mode & 0o777) == (ada.name, klass.group, 0o640)
    assert not [name for name in os.listdir(klass.inbound) if ada.name in name or ben.name in name], "graded blind"

    marks = klass.homes[klass.teacher] / "marks"
    course = klass.place / "course"
    command = ("course", "grade", str(klass.inbound), "--out", str(marks), "--exercise", LESSON)
    done = klass.as_user(klass.teacher, *command, cwd=course)
    assert done.returncode == 0, done.stdout + done.stderr
    with (marks / "scores.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = {row["exam number"]: row for row in csv.DictReader(stream)}
    assert sorted(rows) == ["A-101", "B-202"]
    column = f"{LESSON} {item.id} ({item.points})"
    for number, given in (("A-101", "b"), ("B-202", "c")):
        assert Decimal(rows[number][column]) == score(item, keys[item.id], given)
    assert sorted(path.name for path in (marks / "feedback").iterdir()) == ["A-101.html", "B-202.html"]
    # Earlier hand-ins are told of and do not count.
    assert "An earlier hand-in of A-101; not the one that counts." in (marks / "report.txt").read_text("utf-8")


def test_a_folder_that_was_closed_at_the_deadline_takes_nothing(klass: Class, ada: Student) -> None:
    ada.tell(op="hand-in", number="A-101")
    before = sorted(os.listdir(klass.inbound))
    klass.inbound.chmod(0o2750)
    try:
        reply = ada.tell(op="hand-in", number="A-101")
        assert reply["op"] == "failed"
        assert "closed" in reply["what"] and "instructor" in reply["mend"] and "safe" in reply["mend"]
        # Nor can what is in it be changed by whoever handed it in.
        assert klass.as_user(ada.name, "cp", "/dev/null", str(klass.handed("A-101")[-1])).returncode != 0
        assert klass.as_user(klass.teacher, "ls", str(klass.inbound)).returncode == 0
    finally:
        klass.inbound.chmod(0o3773)
    assert sorted(os.listdir(klass.inbound)) == before
    assert ada.tell(op="hand-in", number="A-101")["op"] == "handed-in"


def test_nbgrader_s_exchange_knows_students_by_their_accounts(klass: Class, ada: Student, ben: Student) -> None:
    pytest.importorskip("nbgrader")
    exchange, course = klass.place / "exchange", klass.place / "nbgrader"
    exchange.mkdir()
    exchange.chmod(0o777)
    release(Library(ROOT), "nbgrader", course)
    run("chown", "-R", f"{klass.teacher}:", str(course))

    def nbgrader(name: str, cwd: Path, *words: str) -> None:
        given = (*words, LESSON, "--course", "knowing-benefit", f"--Exchange.root={exchange}")
        done = klass.as_user(name, "python", "-m", "nbgrader", *given, cwd=cwd)
        assert done.returncode == 0, done.stdout + done.stderr

    nbgrader(klass.teacher, course, "generate_assignment")
    nbgrader(klass.teacher, course, "release_assignment")
    keep = (
        "import sys; from pathlib import Path; from knowing_benefit.assess.answers import Answers; "
        f"Answers(Path({LESSON!r})).save({LESSON!r}, 'q03', sys.argv[1], exercise_version=1)"
    )
    for student, value in ((ada, "a"), (ben, "b")):
        home = klass.homes[student.name]
        nbgrader(student.name, home, "fetch_assignment")
        assert klass.as_user(student.name, "python", "-c", keep, value, cwd=home).returncode == 0
        nbgrader(student.name, home, "submit")
    assert klass.as_user(ben.name, "ls", str(exchange / "knowing-benefit" / "inbound")).returncode != 0
    nbgrader(klass.teacher, course, "collect")
    for student, value in ((ada, "a"), (ben, "b")):
        sheet = course / "submitted" / student.name / LESSON / "answers" / f"{LESSON}.json"
        assert json.loads(sheet.read_text("utf-8"))["items"]["q03"]["value"] == value


# -- A new version, and the lesson itself ------------------------------------------------------------------------------


def test_a_new_release_reaches_students_and_keeps_what_is_theirs(klass: Class, ben: Student) -> None:
    save(ben, "q04", "a", 50)
    kept = klass.kept(ben)
    own = klass.folder(ben) / "notebooks" / f"{LESSON}.ipynb"
    mine = own.read_text("utf-8").replace('"cells": [', '"cells":  [', 1)
    own.write_text(mine, "utf-8")
    licence = klass.place / "course/LICENSE-text.md"
    licence.write_text(licence.read_text("utf-8") + "\nNews of today.\n", "utf-8")
    renewed(klass.place, klass.group)

    users = f"{klass.address}/hub/api/users/{ben.name}/server"
    ben.ask(users, None, "DELETE", page=f"{klass.address}/hub/home")
    for _ in range(60):
        if not servers(klass, ben):
            break
        time.sleep(0.5)
    ben.start()
    assert "News of today." in (klass.folder(ben) / "LICENSE-text.md").read_text("utf-8")
    assert klass.kept(ben) == kept
    assert ben.sheet(LESSON, 1)["items"]["q04"]["value"] == "a"
    assert own.read_bytes() == (klass.place / "student/notebooks" / own.name).read_bytes()
    assert own.with_stem(f"{LESSON} (yours)").read_text("utf-8") == mine


def servers(klass: Class, student: Student) -> Any:
    """The servers of a student that run, as the hub knows them."""
    said = student.ask(f"{klass.address}/hub/api/users/{student.name}", page=f"{klass.address}/hub/home")
    return json.loads(said)["servers"]


@pytest.mark.browser
def test_in_a_browser_a_student_signs_in_answers_and_hands_in(klass: Class, ada: Student, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(60_000)
    try:
        page = context.new_page()
        page.goto(f"{klass.address}/hub/user-redirect/lab/tree/notebooks/{LESSON}.ipynb")
        page.fill("#username_input", ada.name)
        page.fill("#password_input", password(klass.group, ada.name))
        page.click("#login_submit")
        page.wait_for_function(
            "() => /Kept in the course folder/.test(document.querySelector('.kb-exercise .kb-state')?.textContent)"
        )
        face = page.locator(".kb-exercise").filter(has_text="Exercise 1").last
        first = face.locator("fieldset").filter(has=page.locator("input[type=radio]")).first
        first.locator("input[type=radio]").nth(2).check()
        face.get_by_text(re.compile("Saved$")).first.wait_for()
        before = len(klass.handed("A-303"))
        face.get_by_label("Exam number").fill("a-303")
        face.get_by_role("button", name="Make the hand-in file").click()
        face.locator(".kb-outcome").get_by_text("Handed in: your instructor has a copy.").wait_for()
        assert len(klass.handed("A-303")) == before + 1
        assert read(klass.handed("A-303")[-1].read_bytes()).sheets[0].items == {
            name: value for name, value in klass.kept(ada).items() if value
        }
    finally:
        context.close()
