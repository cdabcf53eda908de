"""Connected accounts of the demo's company: two networks are switched on, and one person posts with an account of hers.

The server is made up, so nothing can be posted there; what was posted before stands in her shares.
"""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from advocacy.demo.roster import Person, Roster
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.people.models import Consent, ConsentEvent, Purpose
from advocacy.sharing.account_models import NetworkAccess, NetworkAccount, NetworkPost, PostState, Press
from advocacy.sharing.accounts.tokens import Tokens, seal
from advocacy.sharing.models import Share, ShareState
from config.networks import find_network

SERVER, HANDLE = "https://social.meridian.example", "@ines@social.meridian.example"
SWITCHED_ON = ("mastodon", "bluesky")
POSTED_SHARES = 3


def connect_accounts(roster: Roster, administrator: Person, advocate: Person) -> None:
    """Switch two networks on, and let one person have used an account of hers for her newest posts there."""
    assert administrator.account_id is not None  # noqa: S101
    decided_at = datetime.combine(roster.today - timedelta(days=60), time(9), tzinfo=UTC)
    for key in SWITCHED_ON:
        network = find_network(key)
        assert network is not None  # noqa: S101
        session.add(
            NetworkAccess(
                network=network.number,
                is_on=True,
                reads_numbers=True,
                changed_at=decided_at,
                changed_by=administrator.account_id,
            )
        )
    connected_at = decided_at + timedelta(days=12)
    _say_yes(roster.policy_id, advocate, connected_at)
    mastodon, account_id = find_network("mastodon"), new_id()
    assert mastodon is not None  # noqa: S101
    session.add(
        NetworkAccount(
            id=account_id,
            employee_key=advocate.key,
            network=mastodon.number,
            server=SERVER,
            subject="1",
            handle=HANDLE,
            sealed=seal(Tokens("made up for the demo"), account_id),
            scopes=["profile", "write:statuses"],
            reads_numbers=True,
            reads_followers=False,
            connected_at=connected_at,
        )
    )
    session.flush()
    _post_what_is_newest(advocate, account_id, mastodon.number, connected_at)


def _say_yes(policy_id: UUID, person: Person, at: datetime) -> None:
    values = {
        "employee_key": person.key,
        "purpose": Purpose.CONNECTED_ACCOUNT,
        "policy_version_id": policy_id,
    }
    session.add(Consent(granted_at=at, **values))
    session.add(ConsentEvent(is_granted=True, source="connected_accounts", occurred_at=at, **values))
    session.flush()  # the account refers to it


def _post_what_is_newest(person: Person, account_id: UUID, network: int, since: datetime) -> None:
    shares = session.scalars(
        select(Share)
        .where(
            Share.employee_key == person.key,
            Share.network == network,
            Share.state != ShareState.OPENED,
            Share.opened_at > since,
        )
        .order_by(Share.opened_at.desc())
        .limit(POSTED_SHARES)
    ).all()
    if shares:
        session.get_one(NetworkAccount, account_id).used_at = shares[0].opened_at
    for number, share in enumerate(reversed(shares), start=1):
        share.post_url = share.post_url or f"{SERVER}/@ines/{number}"
        session.add(
            NetworkPost(
                share_key=share.key,
                account_id=account_id,
                network=network,
                press=Press.BUTTON,
                press_key=new_id(),
                record_key=str(new_id()),
                state=PostState.POSTED,
                attempts=1,
                pressed_at=share.opened_at,
                next_try_at=share.opened_at,
                first_sent_at=share.opened_at,
                ended_at=share.opened_at + timedelta(seconds=2),
                remote_id=str(number),
            )
        )
    session.flush()
