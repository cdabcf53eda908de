"""`advocacy amplification`, `scenario` and `rollups`: the numbers, and how far they are, without a browser."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click

from advocacy.cli.connection import print_json
from advocacy.measurement.scenario import (
    BRAND_OVERLAPS,
    SPREADS,
    WHO,
    Inputs,
    ScenarioError,
    classes_of,
    work_out,
)


@click.command()
@click.option("--unit", help="A unit: its id, the HR system's id, its path or a unique name. Default: everything.")
@click.option("--on", "on_day", type=click.DateTime(["%Y-%m-%d"]), help="A day. Default: today.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def amplification(unit: str | None, on_day: datetime | None, as_json: bool) -> None:
    """Show the three tiers of amplification beside the brand's own followers."""
    from advocacy.cli.connection import connected
    from advocacy.foundation import db
    from advocacy.foundation.errors import NotFound
    from advocacy.measurement import fill, queries
    from advocacy.people.queries import find_unit

    with connected():
        # Nobody may be running who would have counted today.
        with db.engine().connect() as connection:
            calendar = fill.programme(connection)
            fill.spread_touches(connection)
            fill.fill_running_days(connection, calendar=calendar)
        with db.unit_of_work() as session:
            on: date | None = on_day.date() if on_day is not None else None
            found = find_unit(unit, on) if unit is not None else None
            if unit is not None and found is None:
                raise NotFound(f"There is no unit {unit!r}, or more than one. Name its id or its whole path.")
            answer = queries.amplification(
                session.connection(), unit_key=found.key if found is not None else None, on=on
            )
    if as_json:
        print_json(answer)
        return
    click.echo(f"{answer['unit']['name']} on {answer['on']}, counted {answer['as_of'] or 'never'}")
    for name in ("potential", "activated", "delivered", "brand_followers", "ratio", "ratio_activated"):
        click.echo(f"  {answer['definitions'][name]['name']:<34}{_shown(answer, name)}")


def _shown(answer: dict[str, Any], name: str) -> str:
    value = answer[name]
    if value is None:
        return f"not shown ({answer['reasons'].get(name, 'not_collected').replace('_', ' ')})"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def rollups(as_json: bool) -> None:
    """Show how far the numbers have come: days filled, days due, how old, and how long the rest takes."""
    from advocacy.cli.connection import connected
    from advocacy.foundation import db
    from advocacy.measurement import fill

    with connected(), db.engine().connect() as connection:
        found = fill.progress(connection)
    if as_json:
        print_json(asdict(found))
        return
    for table, backlog in found.rollups.items():
        oldest = f"  oldest {backlog.oldest_due}" if backlog.oldest_due else ""
        click.echo(f"{table:<34}{backlog.filled:>8,} filled {backlog.due:>8,} due{oldest}")
    left = "unknown: nothing was filled lately" if found.seconds_left is None else f"{found.seconds_left:,.0f} s"
    click.echo(
        f"Today is {found.behind_seconds:.0f} s behind. {found.past_due:,} past days to fill; time left: {left}."
    )


@click.command(name="scenario")
@click.option("--employees", default="350000", show_default=True, help="How many people there are.")
@click.option("--audience", default="10", show_default=True, help="How many connections each has on average.")
@click.option("--brand", default="1000000", show_default=True, help="How many followers the brand has.")
@click.option("--participation", default="1", show_default=True, help="The share of people who take part, 0 to 1.")
@click.option("--who", type=click.Choice(WHO), default="random", show_default=True, help="Who joins first.")
@click.option(
    "--spread", type=click.Choice(SPREADS), default="constant", show_default=True, help="How network sizes differ."
)
@click.option("--histogram", default="", help="Sizes and shares of people, such as 150:0.6,500:0.4.")
@click.option("--sigma", default="1.5", show_default=True, help="Spread of a lognormal distribution.")
@click.option("--alpha", default="2", show_default=True, help="Tail of a Pareto distribution, above 1.")
@click.option("--addressable", help="How many people there are to know: overlap as if networks were drawn by chance.")
@click.option("--dedup", help="Unique divided by gross, as measured: overlap without a model.")
@click.option("--brand-overlap", type=click.Choice(BRAND_OVERLAPS), default="bounds", show_default=True)
@click.option("--view-through", help="Which part of a network sees a post. None is shipped.")
@click.option("--view-through-source", default="", help="Where that rate comes from.")
@click.option("--posts", type=int, default=1, show_default=True, help="Posts a person.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def scenario_command(as_json: bool, histogram: str, **given: Any) -> None:
    """Work out amplification at a given participation, exactly, and what hangs on who joins. Needs no database.

    The defaults are an illustration from a consultancy's article about IBM, not facts about anybody.
    """
    try:
        answer = dict(work_out(Inputs(**given, histogram=classes_of(histogram) if histogram else ())))
    except ScenarioError as error:
        raise click.BadParameter(error.detail, param_hint=f"--{error.field.replace('_', '-')}") from None
    if as_json:
        print_json(answer)
        return
    for name in ("potential", "activated", "ratio", "break_even_participation"):
        exact = answer.get({"ratio": "ratio_exact", "break_even_participation": "break_even_exact"}.get(name, ""))
        reason = answer["reasons"].get(name)
        value = "none" if answer[name] is None else f"{answer[name]:,}"
        click.echo(
            f"{name.replace('_', ' '):<26}{value}"
            + (f"  (exactly {exact})" if exact else "")
            + (f"  [{reason.replace('_', ' ')}]" if reason else "")
        )
    details = answer["details"]
    for name, value in (("gross", details["gross"]), ("ratio, 5 to 95 of 100", details["ratio"])):
        if value is not None and value["low"] != value["high"]:
            click.echo(f"{name:<26}{value['low']:,.4g} to {value['high']:,.4g}, middle {value['middle']:,.4g}")
    for name in ("unique", "net"):
        if details[name] is not None:
            click.echo(f"{name:<26}{details[name]['low']:,.4g} to {details[name]['high']:,.4g}")
