"""The table of jobs, the functions behind it and the processes that run them agree."""

import importlib
import inspect
import types
import typing
from pathlib import Path

import pytest

from advocacy.supervisor import up
from config.jobs import BY_NAME, JOBS, QUEUES, Job
from workers import run

WORKERS = Path(run.__file__).parent
ADVOCACY = WORKERS.parent / "advocacy"
CAPABILITIES = sorted(folder.name for folder in ADVOCACY.iterdir() if (folder / "__init__.py").exists())
PLAIN = (str, int, float, bool, type(None))
LONGEST_TIMEOUT_SECONDS = 300


def job_modules() -> list[str]:
    return [name for name in CAPABILITIES if (WORKERS / f"{name}.py").exists()]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_has_a_function_with_plain_typed_arguments(job: Job):
    function = run.resolve(job)
    hints = typing.get_type_hints(function)
    assert hints.pop("return") is type(None), "a job returns nothing"
    parameters = inspect.signature(function).parameters
    assert set(hints) == set(parameters), "every argument is typed"
    for name, hint in hints.items():
        kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        assert set(kinds) <= set(PLAIN), f"{name} cannot be carried by JSON"
    assert set(job.one_at_a_time or ()) <= set(parameters), "the concurrency key is made of arguments"
    if job.every_seconds is not None:
        required = [p.name for p in parameters.values() if p.default is inspect.Parameter.empty]
        assert not required, "a schedule has no arguments to give"


@pytest.mark.parametrize("capability", job_modules())
def test_every_public_function_of_a_workers_module_is_a_job(capability: str):
    module = importlib.import_module(f"workers.{capability}")
    public = {
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }
    assert public == {job.function for job in JOBS if job.capability == capability}


def test_names_are_unique_and_belong_to_a_capability():
    assert len(BY_NAME) == len(JOBS)
    assert {job.capability for job in JOBS} <= set(CAPABILITIES)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_is_short_and_a_schedule_runs_alone(job: Job):
    assert 1 <= job.timeout_seconds <= LONGEST_TIMEOUT_SECONDS
    assert job.every_seconds is None or job.one_at_a_time is not None
    assert job.only_if is None or job.every_seconds is not None, "only schedules ask whether there is anything to do"
    if job.at_least_every_seconds is not None:
        assert job.only_if is not None
        assert job.at_least_every_seconds % (job.every_seconds or 1) == 0, (
            "one of the slots is the one that does not ask"
        )


@pytest.mark.parametrize("queue", QUEUES)
def test_a_queue_is_read_by_exactly_one_process_of_the_product(queue: str):
    programs = (*up.FIRST, *up.BEHIND)
    assert [p.arguments for p in programs if p.module == "workers.worker" and queue in p.arguments] == [(queue,)]


def test_no_process_reads_two_queues():
    assert all(len(p.arguments) == 1 for p in up.BEHIND if p.module == "workers.worker")
