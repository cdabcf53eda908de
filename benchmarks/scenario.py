"""How quick is a scenario? 20,000 draws of who joins out of 350,000 people whose networks have a heavy tail.

Measured: the whole calculation as the page asks for it (nothing kept from before), and the draws alone, beside two
other ways to draw the same thing: the library's own multivariate draw from the same groups, and shuffling every single
person, which is timed for a few draws and reckoned up. Medians of interleaved repeats, in wall time of one process.
Not measured: the page around it, several people at once.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from advocacy.measurement.scenario import Inputs, joining, work_out
from advocacy.measurement.scenario.inputs import networks_of
from benchmarks.report import machine, write

TARGET_MS = 300.0
SHUFFLED = 20


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--employees", type=int, default=350_000)
    options.add_argument("--repeats", type=int, default=9)
    chosen = options.parse_args()
    inputs = Inputs(chosen.employees, 10, 1_000_000, "0.1", spread="lognormal")
    company = joining.lay_out(networks_of(inputs), chosen.employees)
    joiners = chosen.employees // 10
    sizes = np.repeat(company.sizes, company.people)

    def whole() -> None:
        work_out.cache_clear()
        work_out(inputs)

    def marginals() -> None:
        chance = np.random.default_rng(inputs.seed)
        drawn = chance.multivariate_hypergeometric(company.people, joiners, size=joining.DRAWS, method="marginals")
        joining.gross_of(company, drawn.astype(float))

    def shuffled() -> None:
        chance = np.random.default_rng(inputs.seed)
        for _ in range(SHUFFLED):
            chance.choice(sizes, joiners, replace=False, shuffle=False).sum()

    ways: dict[str, Callable[[], None]] = {
        "whole": whole,
        "draws": lambda: void(joining.gross_of(company, joining.draw_joiners(company, joiners, inputs.seed))),
        "marginals": marginals,
        "shuffled": shuffled,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(chosen.repeats + 1):
        for name, run in ways.items():
            started = time.perf_counter()
            run()
            if repeat:  # the first round warms up
                times[name].append(1000 * (time.perf_counter() - started))
    middle = {name: median(values) for name, values in times.items()}
    middle["shuffled"] *= joining.DRAWS / SHUFFLED
    write(
        "scenario",
        machine(),
        {
            "employees": chosen.employees,
            "draws": joining.DRAWS,
            "groups": len(company.people),
            **{f"{name}_ms": round(value, 1) for name, value in middle.items()},
            "target_ms": TARGET_MS,
            "is_reached": middle["whole"] < TARGET_MS,
        },
        {f"{name}_to_draws": round(middle[name] / middle["draws"], 2) for name in ("marginals", "shuffled")},
    )


def void(_value: object) -> None:
    """Take a result that only had to be worked out."""


if __name__ == "__main__":
    main()
