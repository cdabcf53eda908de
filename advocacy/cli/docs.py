"""`advocacy docs`: the parts of docs/ that are written from code."""

import click


@click.command()
def docs() -> None:
    """Write docs/metrics.md anew from the metric catalogue, and note what changed in it (needs a source checkout)."""
    from advocacy.foundation import clock
    from advocacy.measurement import handbook
    from advocacy.measurement.catalogue import METRICS, history
    from config.settings import project_folder

    folder = project_folder()
    if folder is None:
        raise click.ClickException("This is not a source checkout, so there is no docs folder to write.")
    try:
        history.FILE.write_text(history.recorded(METRICS, clock.now().date()), encoding="utf-8")
    except history.UnsaidChangeError as error:
        raise click.ClickException(str(error)) from error
    target = folder / "docs" / "metrics.md"
    target.write_text(handbook.markdown(), encoding="utf-8")
    click.echo(f"Wrote {target.relative_to(folder)}.")
