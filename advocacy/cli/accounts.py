"""Accounts from the machine's own console: the first administrator, tokens, invitations."""

import click

from advocacy.cli.connection import connected, print_json


@click.group()
def admin() -> None:
    """Look after administrators."""


@admin.command("create")
@click.argument("email")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create_admin(email: str, as_json: bool) -> None:
    """Make EMAIL an administrator and print a link to sign in with, once, within 24 hours.

    The account is made when there is none and opened again when it was closed; if an employee has this address, it
    becomes theirs, now or with the import that brings them.
    """
    from advocacy.foundation import db
    from advocacy.foundation.access import Role
    from advocacy.identity import service
    from advocacy.identity.models import LinkPurpose

    with connected() as settings, db.unit_of_work():
        account = service.account_as_operator(email)
        service.grant_as_operator(account.id, Role.ADMINISTRATOR)
        link = f"{settings.portal_url}/link/{service.make_link(account.id, LinkPurpose.INVITATION)}"
        answer = {"account_id": account.id, "email": account.email, "link": link}
    if as_json:
        print_json(answer)
    else:
        click.echo(f"{email} is an administrator. Sign in with this link:\n{link}")


@click.group()
def token() -> None:
    """Look after API tokens."""


@token.command("create")
@click.option("--email", required=True, help="Whose token it is.")
@click.option("--scopes", required=True, help="Comma separated, such as feed:read,shares:write.")
@click.option("--name", default="command line", show_default=True, help="What it is for.")
@click.option("--days", default=90, show_default=True, help="How long it works.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create_token(email: str, scopes: str, name: str, days: int, as_json: bool) -> None:
    """Make an API token and print it; it is never shown again. A call needs both the scope and the person's role."""
    from advocacy.foundation import db
    from advocacy.foundation.errors import NotFound
    from advocacy.identity import queries, service

    with connected(), db.unit_of_work():
        account = queries.find_account_by_email(email)
        if account is None:
            raise NotFound(f"There is no account with the address {email}.")
        wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
        row, text = service.make_token(account, scopes=wanted, name=name, days=days)
        answer = {"token": text, "id": row.id, "name": row.name, "scopes": row.scopes, "expires_at": row.expires_at}
    if as_json:
        print_json(answer)
    else:
        click.echo(text)


@click.command()
@click.argument("emails", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def invite(emails: tuple[str, ...], as_json: bool) -> None:
    """Invite employees by their EMAILS. All are invited, or none."""
    from advocacy.foundation import db
    from advocacy.foundation.errors import NotFound
    from advocacy.identity import queries, service

    with connected(), db.unit_of_work():
        invited = []
        for email in emails:
            employee = queries.find_employee_by_email(email)
            if employee is None:
                raise NotFound(f"There is no employee with the address {email}. Import people first.")
            account = service.invite(service.OPERATOR, employee.id)
            invited.append({"email": email, "account_id": account.id})
    if as_json:
        print_json({"invited": invited})
    else:
        click.echo(f"{len(invited)} invited. The mail is on its way.")


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail when the file is out of date.")
@click.option("--output", default="docs/openapi.json", show_default=True, type=click.Path(dir_okay=False))
def openapi(output: str, only_check: bool) -> None:
    """Write the description of the API. Needs no database."""
    from pathlib import Path

    from advocacy.app import described_api

    file, text = Path(output), described_api()
    if only_check:
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            raise click.ClickException(f"{output} is out of date. Run `make openapi`.")
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {output}.")
