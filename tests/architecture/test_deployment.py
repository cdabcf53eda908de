"""The units of a production host agree with the code that they run."""

import re
from pathlib import Path

import pytest

from config.jobs import JOBS, QUEUES
from config.settings import project_folder

UNITS = (project_folder() or Path()) / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))


def values(unit: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_unit_belongs_to_the_target_and_runs_a_module_that_is_there(unit: Path):
    assert values(unit, "PartOf") == values(unit, "WantedBy") == ["advocacy.target"]
    (module,) = re.findall(r"-m (\S+)", values(unit, "ExecStart")[0])
    inside = (UNITS.parent.parent / module.replace(".", "/")).with_suffix("")
    assert inside.with_suffix(".py").is_file() or (inside / "__main__.py").is_file()


def test_every_queue_has_its_worker():
    wanted = " ".join(values(UNITS / "advocacy.target", "Wants"))
    assert set(re.findall(r"advocacy-worker@(\w+)\.service", wanted)) == set(QUEUES)


def test_a_worker_that_is_stopped_may_finish_the_run_in_hand():
    unit = UNITS / "advocacy-worker@.service"
    # Else the signal goes to the forked run too, which ends by it at once.
    assert values(unit, "KillMode") == ["mixed"]
    (seconds,) = values(unit, "TimeoutStopSec")
    assert int(seconds) > max(job.timeout_seconds for job in JOBS)
