"""A JupyterHub on this computer alone, and a class on it that reads and answers: how many students one machine holds.

The hub is real (JupyterHub, its proxy, a single-user server for each student, started with ``course serve``), and so are the
students' requests: sign in, start, open a lesson (for which JupyterLab starts a kernel, though reading and answering need none),
then one answer a minute each, at times spread evenly. What is left out is the network between them and the browsers.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from knowing_benefit.assess.items import Exercise, load_exercise
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError, Fault
from knowing_benefit.publish.release import release

MOST_SESSIONS = 200
MOST_SECONDS = 1800
PAUSE = 60.0
"""Seconds between two answers of one student."""

_STARTING = 180
_STOPPING = 60


class Refused(Exception):
    """The hub or a server said no: the status and the address."""

    def __init__(self, status: int, address: str) -> None:
        super().__init__(f"{status} for {address}")
        self.status = status


class Student:
    """One signed-in person, as their browser is seen from the server: cookies, and the tokens against cross-site requests.

    Attributes:
        hub: the hub's address.
        name: the account.
    """

    def __init__(self, hub: str, name: str) -> None:
        self.hub = hub
        self.name = name
        self.server = f"{hub}/user/{urllib.parse.quote(name)}"
        self.jar = CookieJar()
        # No proxy stands between this computer and itself.
        self._open = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)
        ).open

    def ask(
        self, address: str, body: bytes | None = None, method: str | None = None, *, page: str | None = None
    ) -> bytes:
        """The body of an answer; signs the request as a page of that site would.

        Args:
            body: sent as JSON, or as a form to a page of the hub.
            page: the page that asks, where the other side looks at that.

        Raises:
            Refused: the status was no success.
            OSError: there was no answer.
        """
        path = urllib.parse.urlparse(address).path
        form = path.endswith("/login")
        headers = {"Content-Type": "application/x-www-form-urlencoded" if form else "application/json"}
        if page:
            headers["Referer"] = page
        tokens = [one for one in self.jar if one.name == "_xsrf" and path.startswith(one.path)]
        if tokens:
            headers["X-XSRFToken"] = str(max(tokens, key=lambda one: len(one.path)).value)
        request = urllib.request.Request(address, body, headers, method=method)
        try:
            with self._open(request, timeout=120) as response:
                content: bytes = response.read()
                return content
        except urllib.error.HTTPError as problem:
            raise Refused(problem.code, address) from None

    def sign_in(self, password: str) -> None:
        """Sign in on the hub's page.

        Raises:
            Refused: the hub did not take the password.
        """
        self.ask(f"{self.hub}/hub/login")
        token = next(str(one.value) for one in self.jar if one.name == "_xsrf")
        form = {"username": self.name, "password": password, "_xsrf": token}
        self.ask(f"{self.hub}/hub/login?next=/hub/home", urllib.parse.urlencode(form).encode())

    def start(self, seconds: float = _STARTING) -> None:
        """Start this person's server, and sign in there.

        Raises:
            Refused: the hub could not start it.
            TimeoutError: it did not start in time.
        """
        users = f"{self.hub}/hub/api/users/{urllib.parse.quote(self.name)}"
        page = f"{self.hub}/hub/home"
        self.ask(f"{users}/server", b"{}", "POST", page=page)
        end = time.monotonic() + seconds
        while not json.loads(self.ask(users, page=page))["servers"].get("", {}).get("ready"):
            if time.monotonic() > end:
                raise TimeoutError(f"the server of {self.name} did not start in {seconds:.0f} seconds")
            time.sleep(2)
        self.ask(f"{self.server}/lab")

    def read(self, lesson: str) -> bytes:
        """Open a lesson: its page, and its notebook as JupyterLab fetches it."""
        self.ask(f"{self.server}/lab/tree/notebooks/{lesson}.ipynb")
        return self.ask(f"{self.server}/api/contents/notebooks/{lesson}.ipynb?type=notebook&content=1")

    def kernel(self, lesson: str) -> None:
        """Start the kernel that JupyterLab starts for a notebook that is opened, whether or not anybody will run a cell."""
        path = f"notebooks/{lesson}.ipynb"
        asked = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        self.ask(f"{self.server}/api/sessions", json.dumps(asked).encode())

    def sheet(self, exercise: str, version: int) -> Any:
        """The answers that the server has."""
        query = urllib.parse.urlencode({"exercise": exercise, "exercise_version": version, "seq": 1})
        return json.loads(self.ask(f"{self.server}/knowing-benefit/answers?{query}"))

    def tell(self, **message: Any) -> Any:
        """Send a message to the answers endpoint; what it replied."""
        body = json.dumps(message).encode()
        return json.loads(self.ask(f"{self.server}/knowing-benefit/answers", body))


def proxy_command() -> str:
    """The proxy that JupyterHub needs: in this environment, or on the PATH.

    Raises:
        CourseError: there is none.
    """
    here = Path(sys.prefix) / "hub" / "node_modules" / ".bin" / "configurable-http-proxy"
    found = str(here) if here.exists() else shutil.which("configurable-http-proxy")
    if found is None:
        mend = f"With npm: npm install --prefix {Path(sys.prefix) / 'hub'} configurable-http-proxy@5.3.0"
        raise CourseError(Fault("JupyterHub", 0, "the proxy that it needs is not here", mend))
    return found


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


@contextmanager
def running(folder: Path, config: str, environment: dict[str, str] | None = None) -> Iterator[tuple[str, int]]:
    """A JupyterHub on the loopback interface, ended with everything that it started.

    Args:
        folder: for its database, its log (``hub.log``) and its settings.
        config: the settings, as Python, after which come those of addresses.
        environment: variables beside those of this process.

    Yields:
        Its address, and its process id.

    Raises:
        CourseError: there is no proxy, or it did not start; with the end of its log.
    """
    public, api, hub = free_ports(3)
    address = f"http://127.0.0.1:{public}"
    own = f"""
c.JupyterHub.bind_url = {address!r}
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.JupyterHub.db_url = "sqlite:///{folder / "hub.sqlite"}"
c.JupyterHub.cookie_secret_file = {str(folder / "cookie_secret")!r}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.command = [{proxy_command()!r}]
c.ConfigurableHTTPProxy.pid_file = {str(folder / "proxy.pid")!r}
"""
    settings = folder / "settings.py"
    settings.write_text(f"{config}\n{own}", "utf-8")
    log = folder / "hub.log"
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    variables = {**os.environ, "PATH": paths, "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(32), **(environment or {})}
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(settings)],
            cwd=folder,
            env=variables,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        anyone = Student(address, "")
        end = time.monotonic() + _STARTING
        while True:
            try:
                anyone.ask(f"{address}/hub/api")
                break
            except (OSError, Refused):
                if process.poll() is not None or time.monotonic() > end:
                    what = f"it did not start. The end of its log:\n{log.read_text('utf-8', 'replace')[-2000:]}"
                    raise CourseError(Fault("JupyterHub", 0, what)) from None
                time.sleep(0.25)
        yield address, process.pid
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the hub to stop, which stops servers and proxy; then end what is left of them."""
    import psutil

    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOPPING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for one in family:
        # psutil compares when a process began, so a number that was given out again is not ended by mistake.
        try:
            one.terminate()
        except psutil.NoSuchProcess:
            continue
    for one in psutil.wait_procs(family, timeout=10)[1]:
        one.kill()


_CLASS = """
import os
c = get_config()
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.Spawner.cmd = [{python!r}, "-m", "knowing_benefit.cli", "serve"]
c.Spawner.args = {args!r}
c.Spawner.environment = {environment!r}
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300
c.JupyterHub.log_level = "WARN"


def bare(spawner):
    # The peer: the same server without the course.
    if spawner.user.name == {peer!r}:
        spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
        spawner.args = [*spawner.args, "--ServerApp.jpserver_extensions={{'knowing_benefit': False}}"]


c.Spawner.pre_spawn_hook = bare
"""

PEER = "peer"
HUB = ""
LESSON = "01_the_case"


def load(library: Library, sessions: int, seconds: int, tell: Callable[[str], None]) -> Iterator[str]:
    """Let a class of invented students sign in and answer, and report what that took.

    Args:
        sessions: how many students, at most 200.
        seconds: how long they answer, once all have started; at most 1800.
        tell: called with what is under way.

    Yields:
        Lines of the report.

    Raises:
        CourseError: the numbers are out of bounds, or no hub can be started here.
    """
    if not (1 <= sessions <= MOST_SESSIONS and 1 <= seconds <= MOST_SECONDS):
        what = f"{sessions} sessions for {seconds} seconds are out of bounds"
        raise CourseError(Fault("--hub", 0, what, f"At most {MOST_SESSIONS} sessions and {MOST_SECONDS} seconds."))
    proxy_command()
    exercise = load_exercise(library.root / "exercises" / f"{LESSON}.yaml")
    with tempfile.TemporaryDirectory(prefix="kb-hub-") as name:
        folder = Path(name)
        tell("making the students' edition")
        release(library, "student", folder / "student")
        (folder / "inbound").mkdir()
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        password = secrets.token_hex(16)
        config = _CLASS.format(
            password=password,
            peer=PEER,
            homes=str(folder / "homes" / "{username}"),
            python=sys.executable,
            args=["--allow-root"] if root else [],
            environment={
                "KNOWING_BENEFIT_HANDOUT": str(folder / "student"),
                "KNOWING_BENEFIT_INBOUND": str(folder / "inbound"),
                "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            },
        )
        with _said(), running(folder, config) as (address, process):
            students = [Student(address, f"student{number:03d}") for number in range(1, sessions + 1)]
            yield from _measured(students, password, process, exercise, seconds, tell)
            tell("the same server without the course")
            peer = Student(address, PEER)
            peer.sign_in(password)
            peer.start()
            bare = people(process)[PEER]
            yield f"  peer, the same server without the course: {memory(bare) / 2**20:.0f} MB, {processor(bare):.1f} s of processor to start"


@contextmanager
def _said() -> Iterator[None]:
    """Turn what a hub may answer, or not answer, into a fault."""
    try:
        yield
    except (Refused, TimeoutError) as problem:
        mend = "Try fewer students, or when the computer has less to do."
        raise CourseError(Fault("JupyterHub", 0, f"the class was not served: {problem}", mend)) from problem


def _measured(
    students: list[Student],
    password: str,
    process: int,
    exercise: Exercise,
    seconds: int,
    tell: Callable[[str], None],
) -> Iterator[str]:
    import psutil

    cores, whole = os.cpu_count() or 1, psutil.virtual_memory().total / 2**30
    yield f"{len(students)} students on one JupyterHub: {cores} cores, {whole:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
    begun = time.perf_counter()
    counted = threading.Lock()
    up = 0

    def arrive(student: Student) -> tuple[float, float]:
        nonlocal up
        at = time.perf_counter()
        student.sign_in(password)
        student.start(600)
        started = time.perf_counter()
        student.read(LESSON)
        reading = time.perf_counter()
        student.kernel(LESSON)
        with counted:
            up += 1
            tell(f"{up} of {len(students)} have started")
        return started - at, reading - started

    # Eight at the door at a time; more would wait for the processor, not for the hub.
    with ThreadPoolExecutor(8) as door:
        arrived = list(door.map(arrive, students))
    everybody = time.perf_counter() - begun
    starts, opens = [one for one, _ in arrived], [one for _, one in arrived]
    yield (
        f"  all signed in and reading after {everybody:.0f} s; a server starts in {statistics.median(starts):.1f} s (median), "
        f"{at_95(starts):.1f} s (95th percentile); a lesson's page and notebook in {statistics.median(opens):.2f} s"
    )
    before = {name: processor(theirs) for name, theirs in people(process).items()}
    own = [spent for name, spent in before.items() if name != HUB]
    yield f"  a start costs {statistics.mean(own):.1f} s of processor, first copy of the course and kernel with it, and the hub {before[HUB] / len(own):.1f} s"
    busy = psutil.cpu_percent(5)
    times, faults = _answers(students, exercise, seconds, tell)
    found = people(process)
    spent = sum(processor(theirs) for theirs in found.values()) - sum(before.values())
    rest = memory(found.pop(HUB))
    sizes = [memory([one for one in theirs if not is_kernel(one)]) for theirs in found.values()]
    kernels = [memory([one for one in theirs if is_kernel(one)]) for theirs in found.values()]
    if times:
        yield (
            f"  {len(times)} answers in {seconds} s, each on the disk before its reply: {statistics.median(times) * 1000:.0f} ms (median), "
            f"{at_95(times) * 1000:.0f} ms (95th percentile), {max(times) * 1000:.0f} ms (slowest); {faults} failed"
        )
    yield (
        f"  memory of a student's server: {statistics.mean(sizes) / 2**20:.0f} MB (PSS, mean of {len(sizes)}; largest {max(sizes) / 2**20:.0f}), "
        f"and of the kernel that nobody has used {statistics.mean(kernels) / 2**20:.0f} MB; hub and proxy {rest / 2**20:.0f} MB; "
        f"all {(sum(sizes) + sum(kernels) + rest) / 2**30:.1f} GiB"
    )
    yield (
        f"  processor: {spent / seconds / cores:.1%} of {cores} cores while they answered; the computer was "
        f"{busy:.0f} % busy when they began"
    )


def _answers(
    students: list[Student], exercise: Exercise, seconds: int, tell: Callable[[str], None]
) -> tuple[list[float], int]:
    """Each student answers once in ``PAUSE`` seconds; the times that the answers took, and how many failed."""
    tell(f"answering for {seconds} seconds")
    times: list[float] = []
    faults = 0
    counted = threading.Lock()
    begun = time.monotonic()

    def answer(place: int, student: Student) -> None:
        nonlocal faults
        seq = 0
        due = begun + PAUSE * place / len(students)
        while due < begun + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            seq += 1
            at = time.perf_counter()
            try:
                reply = student.tell(
                    op="save",
                    exercise=exercise.id,
                    exercise_version=exercise.version,
                    item=exercise.items[seq % len(exercise.items)].id,
                    value="a",
                    seq=seq,
                    tab="load",
                )
                good = reply["op"] == "saved"
            except (OSError, Refused, ValueError):
                good = False
            with counted:
                if good:
                    times.append(time.perf_counter() - at)
                else:
                    faults += 1
            due += PAUSE

    with ThreadPoolExecutor(len(students)) as chairs:
        for done in [chairs.submit(answer, place, student) for place, student in enumerate(students)]:
            done.result()
    return times, faults


def at_95(values: list[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def people(process: int) -> dict[str, list[Any]]:
    """A hub's processes by the student whose server they belong to; those of the hub and its proxy under ``HUB``."""
    import psutil

    found: dict[str, list[Any]] = {}
    hub = psutil.Process(process)
    for one in (hub, *hub.children(recursive=True)):
        found.setdefault(one.environ().get("JUPYTERHUB_USER", HUB), []).append(one)
    return found


def is_kernel(process: Any) -> bool:
    """Whether a process is a notebook's kernel."""
    return "ipykernel_launcher" in " ".join(process.cmdline())


def processor(family: list[Any]) -> float:
    """Processor seconds that some processes have used."""
    return sum(float(one.cpu_times().user + one.cpu_times().system) for one in family)


def memory(family: list[Any]) -> int:
    """What some processes hold in memory, in bytes.

    What they share with others is divided among all of them (PSS); where the system does not tell, it is left out (USS).
    """
    held = (one.memory_full_info() for one in family)
    return sum(int(getattr(one, "pss", one.uss)) for one in held)
