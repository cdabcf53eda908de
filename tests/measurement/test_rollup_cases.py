"""Every case under `rollups/`: given these rows, a day of the roll-up holds exactly these rows and no others."""

from pathlib import Path

import pytest
import yaml

from advocacy.measurement.rollups import ROLLUPS
from tests.factories.measurement import World

FOLDER = Path(__file__).with_name("rollups")
CASES = sorted(FOLDER.glob("*/*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_day_holds_exactly_the_expected_rows(path: Path, world: World) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    for step in case["given"]:
        ((what, arguments),) = step.items()
        getattr(world, what)(**arguments)

    world.fill(case["day"])

    found = [
        {name: value for name, value in row.items() if name != "day"}
        for row in world.rows(path.parent.name, case["day"])
    ]
    assert found == sorted(case["expect"], key=lambda row: [str(row[name]) for name in (found[0] if found else row)])


def test_every_rollup_has_a_case() -> None:
    assert {path.parent.name for path in CASES} == {rollup.table for rollup in ROLLUPS}
