"""`advocacy docs`: the parts of docs/ that are written from code."""

import click


@click.command()
def docs() -> None:
    """Write docs/metrics.md anew from the metric catalogue (for development; needs a source checkout)."""
    from advocacy.measurement import handbook
    from config.settings import project_folder

    folder = project_folder()
    if folder is None:
        raise click.ClickException("This is not a source checkout, so there is no docs folder to write.")
    target = folder / "docs" / "metrics.md"
    target.write_text(handbook.markdown(), encoding="utf-8")
    click.echo(f"Wrote {target.relative_to(folder)}.")
