"""The evidence pack of a version: what was approved, by whom and when, under which rules, with proof.

It holds what the organisation said and decided. What people made of it is theirs: shared texts are not in it, but where
`sharing.records` adds them.
"""

import hashlib
import io
import json
import zipfile
from html import escape
from typing import Any
from uuid import UUID

from sqlalchemy import select

from advocacy.content import queries
from advocacy.content.circumstances import circumstances_of
from advocacy.content.models import ContentItem, ContentVersion
from advocacy.content.reviewing import find_request
from advocacy.content.wording import Wording, wording_of
from advocacy.foundation import audit, clock
from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.foundation.models import AuditEvent, AuditLink
from advocacy.identity.queries import names_of_accounts
from advocacy.people.models import Audience

FORMAT = "advocacy evidence 1"


def evidence_of(actor: Actor, item_id: UUID, number: int | None = None) -> dict[str, Any]:
    """Return the evidence of a version, the newest without a number, as plain JSON; reading it is on the audit trail.

    Raises NotFound, NotPermitted for those who may not review in the item's unit.
    """
    item = queries.get_item(item_id, visible_to=actor)
    require_in(actor, Permission.CONTENT_REVIEW, item.unit_key)
    versions = queries.versions_of(item)
    version = next((one for one in versions if number is None or one.number == number), None)
    if version is None:
        raise NotFound("There is no such version.")
    audit.record(actor, "content.evidence_exported", subject_kind="content_item", subject_id=item.id)
    reviews = [review for review in queries.reviews_of(item) if review.version_id == version.id]
    names = names_of_accounts({version.created_by, *(review.reviewer_account_id for review in reviews)})
    request = find_request(version.id)
    wording = wording_of(version)
    canonical = wording.canonical_with(circumstances_of(item, session.get_one(Audience, item.audience_key)))
    return {
        "format": FORMAT,
        "made_at": clock.now().isoformat(),
        "item": {"id": str(item.id), "state": item.state.value, "is_product": item.is_product},
        "version": {
            "number": version.number,
            "hash": version.hash.hex(),
            "canonical": canonical,
            "is_canonical_of_hash": _sha256(canonical) == version.hash.hex(),
            "created_at": version.created_at.isoformat(),
            "created_by": names.get(version.created_by),
        },
        "approved": _approved(wording),
        "decisions": [
            {
                "decision": review.decision.value,
                "by": names.get(review.reviewer_account_id),
                "account": str(review.reviewer_account_id),
                "at": review.decided_at.isoformat(),
                "reason": review.reason,
                "version_hash": review.version_hash.hex(),
            }
            for review in sorted(reviews, key=lambda review: review.decided_at)
        ],
        "asked": {
            "approvals": request.approvals,
            "desks": [desk["name"] for desk in request.desks],
            "rules": request.rules,
            "requested_at": request.requested_at.isoformat(),
            "due_at": request.due_at.isoformat(),
        }
        if request is not None
        else None,
        "audit": _audit_of(item, version),
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _approved(wording: Wording) -> dict[str, Any]:
    return {
        "texts": [{"language": text.language, "title": text.title, "summary": text.summary} for text in wording.texts],
        "captions": [
            {"network": caption.network, "language": caption.language, "text": caption.text}
            for caption in wording.captions
        ],
        "destination": wording.destination,
        "image_sha256": wording.image_sha256,
        "image_alternative": wording.image_alternative,
        "is_text_locked": wording.is_text_locked,
    }


def _audit_of(item: ContentItem, _version: ContentVersion) -> list[dict[str, Any]]:
    """Return the item's chained audit events, each with the link before it, so that its hash can be checked."""
    rows = session.execute(
        select(AuditEvent, AuditLink)
        .join(AuditLink, AuditLink.event_key == AuditEvent.key)
        .where(AuditEvent.subject_kind == "content_item", AuditEvent.subject_id == item.id)
        .order_by(AuditLink.sequence)
    ).all()
    found = []
    for event, link in rows:
        before = session.scalar(select(AuditLink.hash).where(AuditLink.sequence == link.sequence - 1))
        found.append(
            {
                "sequence": link.sequence,
                "previous": (before or audit.FIRST_HASH).hex(),
                "event": audit.canonical_of(event),
                "hash": link.hash.hex(),
            }
        )
    return found


def problems_in(pack: dict[str, Any]) -> list[str]:
    """Return what does not fit together in a pack, without a database; an empty list for one that is whole."""
    found = []
    version = pack["version"]
    if version["is_canonical_of_hash"] and _sha256(version["canonical"]) != version["hash"]:
        found.append("the text of the version does not match its hash")
    found += [
        f"the decision of {decision['at']} is about another version"
        for decision in pack["decisions"]
        if decision["version_hash"] != version["hash"]
    ]
    found += [
        f"audit event {link['sequence']} does not match its hash"
        for link in pack["audit"]
        if audit.hash_after(bytes.fromhex(link["previous"]), link["event"]).hex() != link["hash"]
    ]
    return found


def problems_with_chain(pack: dict[str, Any]) -> list[str]:
    """Return where a pack says something else than the chain in the database."""
    found = []
    for link in pack["audit"]:
        stored = session.scalar(select(AuditLink.hash).where(AuditLink.sequence == link["sequence"]))
        if stored is None or stored.hex() != link["hash"]:
            found.append(f"link {link['sequence']} of the chain is another one")
    return found


def zip_of(pack: dict[str, Any]) -> bytes:
    """Return a pack as a ZIP: the JSON that can be checked, and a page that can be read."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("evidence.json", json.dumps(pack, indent=2, ensure_ascii=False, sort_keys=True))
        archive.writestr("evidence.html", _page(pack))
    return body.getvalue()


def _page(pack: dict[str, Any]) -> str:
    version, approved = pack["version"], pack["approved"]
    parts = ["<!doctype html><html lang='en'><meta charset='utf-8'><title>Evidence</title><body>"]
    for text in approved["texts"]:
        parts.append(f"<h1>{escape(text['title'])}</h1><p>{escape(text['summary'])}</p>")
    parts.append(f"<p>{escape(approved['destination'] or '')}</p><h2>Captions</h2><ul>")
    parts += [f"<li>{escape(caption['text'])}</li>" for caption in approved["captions"]]
    parts.append("</ul><h2>Decisions</h2><ul>")
    parts += [
        f"<li>{escape(one['decision'])}, {escape(one['by'] or 'somebody who left')}, {escape(one['at'])}: "
        f"{escape(one['reason'])}</li>"
        for one in pack["decisions"]
    ]
    parts.append("</ul><h2>Rules in force</h2><ul>")
    parts += [f"<li>{escape(rule['name'])}</li>" for rule in (pack["asked"] or {}).get("rules", [])]
    parts.append("</ul>")
    if "shared_texts" in pack:
        parts.append("<h2>What people shared</h2><ul>")
        parts += [
            f"<li>{escape(one['by'] or 'somebody who left')}, {escape(one['network'])}, {escape(one['at'])}, "
            f"version {one['version']}: {escape(one['text'])}</li>"
            for one in pack["shared_texts"]
        ]
        parts.append("</ul>")
        left_out = pack["texts_left_out"]
        parts.append(f"<p>Texts of people who withdrew are not in this pack{f' ({left_out})' if left_out else ''}.</p>")
    else:
        parts.append("<p>Texts that people shared are theirs and are not in this pack.</p>")
    parts.append(f"<p>Version {version['number']}, SHA-256 {version['hash']}.")
    parts.append(" Check it with: advocacy audit verify --evidence evidence.json</p></body></html>")
    return "".join(parts)
