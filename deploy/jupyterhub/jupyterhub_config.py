"""JupyterHub's settings for the course, on one machine whose students are users of that machine.

On The Littlest JupyterHub, copy this file to /opt/tljh/config/jupyterhub_config.d/knowing_benefit.py; on a JupyterHub of your own,
load it from yours with load_subconfig. Who may sign in, and how (PAM, your school's single sign-on, LTI), stays as you have it.
README.md beside this file says what to do in which order.
"""

import os
from pathlib import Path

c = get_config()  # noqa: F821

# Made by folders.sh: student/, which everybody has a copy of, and inbound/, where hand-ins go.
place = Path(os.environ.get("KNOWING_BENEFIT_PLACE", "/srv/knowing-benefit"))
# The environment of the students' servers, in which the course is installed.
course = Path(os.environ.get("KNOWING_BENEFIT_BIN", "/opt/tljh/user/bin")) / "course"

# Started as the student: it brings the student's copy up to date, then becomes the usual single-user server.
c.Spawner.cmd = [str(course), "serve"]
c.Spawner.environment = {
    "KNOWING_BENEFIT_HANDOUT": str(place / "student"),
    "KNOWING_BENEFIT_INBOUND": str(place / "inbound"),
}
# A class signs in together, and the machine starts all its servers at once: on two cores, fifty take about as long as this allows.
# The hub turns away whoever comes while it starts a hundred (c.JupyterHub.concurrent_spawn_limit); less would be turned away sooner.
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300

# Enforced where the spawner can (systemd, as on The Littlest JupyterHub); see docs/hub.md for what was measured.
c.Spawner.mem_limit = "1G"
c.Spawner.cpu_limit = 1.0
