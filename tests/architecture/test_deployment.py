"""The units of a production host agree with the code that they run."""

import re
from pathlib import Path

import pytest

from config.jobs import JOBS, QUEUES
from config.settings import project_folder

ROOT = project_folder() or Path()
UNITS = ROOT / "deploy" / "systemd"
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


def test_the_unit_of_the_uploads_origin_serves_pictures_and_not_the_portal():
    unit = UNITS / "advocacy-uploads.service"
    (command,) = values(unit, "ExecStart")
    assert command.split(" advocacy.supervisor.web ")[1].split() == ["${ADVOCACY_UPLOADS_BIND}", "1", "uploads"]
    # systemd takes what the file of the environment says before what the unit says.
    assert "ADVOCACY_UPLOADS_BIND=127.0.0.1:8002" in values(unit, "Environment")


@pytest.mark.parametrize("name", ["web", "redirect", "dispatcher"])
def test_what_one_process_counts_stands_on_the_page_that_the_dispatcher_serves(name):
    unit = UNITS / f"advocacy-{name}.service"
    assert "PROMETHEUS_MULTIPROC_DIR=/run/advocacy" in values(unit, "Environment")
    # The folder is one for all: what starts or stops alone must not take the numbers of the others along.
    assert (values(unit, "RuntimeDirectory"), values(unit, "RuntimeDirectoryPreserve")) == (["advocacy"], ["yes"])


def test_the_example_names_every_setting_that_the_code_reads():
    example = (ROOT / "config" / "example.env").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
    code = [file for folder in ("advocacy", "config", "workers") for file in (ROOT / folder).rglob("*.py")]
    read = {name for file in code for name in re.findall(r"\"(ADVOCACY_[A-Z_]+)\"", file.read_text(encoding="utf-8"))}
    assert read - named == {"ADVOCACY_ENDS_WITH_PARENT", "ADVOCACY_FAILPOINTS"}  # for `make run` and for tests only
