"""What the course ships for a JupyterHub: files that parse, settings that exist, and names that are those of the code."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from traitlets.config import PyFileConfigLoader

from knowing_benefit.assess.handin import INBOUND
from knowing_benefit.publish.hub import HANDOUT

FOLDER = Path(__file__).parents[2] / "deploy" / "jupyterhub"

# The chart's own list of what may be set (jupyterhub/values.schema.yaml), as far as it is used here. ``None``: anything goes below.
CHART: dict[str, Any] = {
    "hub": {"concurrentSpawnLimit": None, "config": None, "db": {"pvc": {"storage": None}}},
    "proxy": {"https": {"enabled": None, "hosts": None, "letsencrypt": {"contactEmail": None}}},
    "singleuser": {
        "image": {"name": None, "tag": None},
        "cmd": None,
        "startTimeout": None,
        "extraEnv": None,
        "memory": {"guarantee": None, "limit": None},
        "cpu": {"guarantee": None, "limit": None},
        "storage": {
            "type": None,
            "capacity": None,
            "homeMountPath": None,
            "extraVolumes": None,
            "extraVolumeMounts": None,
        },
        "initContainers": None,
        "extraFiles": None,
        "networkPolicy": {
            "enabled": None,
            "egressAllowRules": {
                "cloudMetadataServer": None,
                "dnsPortsCloudMetadataServer": None,
                "dnsPortsKubeSystemNamespace": None,
                "dnsPortsPrivateIPs": None,
                "nonPrivateIPs": None,
                "privateIPs": None,
            },
        },
    },
    "prePuller": {"hook": {"enabled": None}, "continuous": {"enabled": None}},
    "scheduling": {
        "userScheduler": {"enabled": None},
        "podPriority": {"enabled": None},
        "userPlaceholder": {"enabled": None, "replicas": None},
    },
    "cull": {"enabled": None, "timeout": None, "every": None},
}


def strangers(given: Any, known: Any, at: str = "") -> list[str]:
    """Settings that are not among the known ones, by their path."""
    if known is None or not isinstance(given, dict):
        return []
    found = [f"{at}{name}" for name in given if name not in known]
    return found + [
        name for key, value in given.items() if key in known for name in strangers(value, known[key], f"{at}{key}.")
    ]


def test_the_values_are_settings_of_the_chart() -> None:
    values = yaml.safe_load((FOLDER / "values.yaml").read_text("utf-8"))
    assert strangers(values, CHART) == []
    assert strangers({"singleuser": {"memroy": 1}}, CHART) == ["singleuser.memroy"]
    alone = values["singleuser"]
    assert alone["cmd"] == ["course", "serve"]
    mounts = {one["mountPath"] for one in alone["storage"]["extraVolumeMounts"]}
    assert alone["extraEnv"] == {INBOUND: "/srv/inbound"}
    assert mounts == {"/srv/inbound"}
    claim = yaml.safe_load((FOLDER / "inbound-claim.yaml").read_text("utf-8"))
    [volume] = alone["storage"]["extraVolumes"]
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    [first] = alone["initContainers"]
    assert first["image"] == f"{alone['image']['name']}:{alone['image']['tag']}"
    assert "chmod 3773 /srv/inbound" in first["command"][-1]


def test_the_image_names_what_the_code_reads() -> None:
    text = (FOLDER / "Dockerfile").read_text("utf-8")
    assert f"{HANDOUT}=/srv/knowing-benefit" in text
    copied = re.findall(r"^COPY --from=made (\S+)", text, re.M)
    assert copied == ["/wheels", "/srv/knowing-benefit"], "of the stage that has keys, only these reach the image"
    assert not re.search(r"^COPY (?!--from=made|constraints\.txt )", text.split("\nFROM ")[2], re.M)


def test_the_settings_load_and_follow_the_hub_s_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KNOWING_BENEFIT_PLACE", raising=False)
    monkeypatch.setenv("KNOWING_BENEFIT_BIN", "/opt/hub/bin")
    found = PyFileConfigLoader("jupyterhub_config.py", path=str(FOLDER)).load_config()
    assert found.Spawner.cmd == ["/opt/hub/bin/course", "serve"]
    assert found.Spawner.environment == {
        HANDOUT: "/srv/knowing-benefit/student",
        INBOUND: "/srv/knowing-benefit/inbound",
    }


@pytest.mark.skipif(shutil.which("sh") is None, reason="no sh on this computer: its syntax cannot be checked")
def test_the_script_for_folders_parses() -> None:
    subprocess.run(["sh", "-n", str(FOLDER / "folders.sh")], check=True)


def test_the_recipe_names_files_that_there_are() -> None:
    for path in (FOLDER / "README.md", FOLDER.parents[1] / "docs" / "hub.md"):
        text = path.read_text("utf-8")
        for name in re.findall(r"deploy/jupyterhub/([\w.-]+\w)", text):
            assert (FOLDER / name).is_file(), (path.name, name)
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (path.parent / target).exists(), (path.name, target)
