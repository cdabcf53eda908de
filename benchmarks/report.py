"""How every benchmark tells what it found: a line about the machine, a table, and JSON beside it."""

import json
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

OUT = Path(__file__).resolve().parent / "out"
SYNC_ROUNDS = 200


def machine() -> str:
    """Describe this machine in one line, with how long its disk takes to keep a promise."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"Python {platform.python_version()}, fdatasync {fdatasync_ms(OUT.parent):.2f} ms"
    )


def fdatasync_ms(folder: Path) -> float:
    """Return the median time of one fdatasync after a small append, in milliseconds."""
    file = folder / ".fdatasync"
    times = []
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for _ in range(SYNC_ROUNDS):
            os.write(descriptor, b"x" * 100)
            started = time.perf_counter()
            os.fdatasync(descriptor)
            times.append(time.perf_counter() - started)
    finally:
        os.close(descriptor)
        file.unlink()
    return sorted(times)[len(times) // 2] * 1000


def write(name: str, about: str, absolutes: Mapping[str, object], ratios: Mapping[str, object]) -> None:
    """Print what was found and keep it as `benchmarks/out/<name>.json`."""
    print(about)
    for title, values in (("absolutes", absolutes), ("ratios", ratios)):
        for key, value in values.items():
            print(f"  {title:<10} {key:<36} {value}")
    OUT.mkdir(exist_ok=True)
    result = {"machine": about, "absolutes": dict(absolutes), "ratios": dict(ratios)}
    (OUT / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
