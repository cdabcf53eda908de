"""The evidence pack of a version: what was approved, by whom and when, under which rules, with proof.

It holds what the organisation said and decided. What people made of it is theirs: shared texts are not in it, but where
`sharing.records` adds them. The audit trail keeps a digest of every pack that was made, and nothing else of it: so a
pack can be checked as a whole, with its names and texts, also after the people in it were erased here.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any
from uuid import UUID

from sqlalchemy import select

from advocacy.content import queries
from advocacy.content.circumstances import circumstances_of
from advocacy.content.models import ContentItem, ContentVersion, Decision, Review
from advocacy.content.reviewing import find_request
from advocacy.content.wording import Wording, wording_of
from advocacy.foundation import audit, clock
from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.foundation.models import AuditEvent, AuditLink
from advocacy.identity.queries import names_of_accounts
from advocacy.people.models import Audience

FORMAT = "advocacy evidence 2"
WITHOUT_DIGEST = "advocacy evidence 1"  # packs of this format were made before the trail kept a digest of each
EXPORTED = "content.evidence_exported"
DECIDED = frozenset(f"content.{decision.value}" for decision in Decision)


def evidence_of(
    actor: Actor, item_id: UUID, number: int | None = None, *, further: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the evidence of a version, the newest without a number, as plain JSON; reading it is on the audit trail.

    `further` is what else goes into the pack, under its own names. Raises NotFound, NotPermitted for those who may
    not review in the item's unit.
    """
    item = queries.get_item(item_id, visible_to=actor)
    require_in(actor, Permission.CONTENT_REVIEW, item.unit_key)
    versions = queries.versions_of(item)
    version = next((one for one in versions if number is None or one.number == number), None)
    if version is None:
        raise NotFound("There is no such version.")
    reviews = [review for review in queries.reviews_of(item) if review.version_id == version.id]
    names = names_of_accounts({version.created_by, *(review.reviewer_account_id for review in reviews)})
    request = find_request(version.id)
    wording = wording_of(version)
    canonical = wording.canonical_with(circumstances_of(item, session.get_one(Audience, item.audience_key)))
    pack = {
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
            _decision(review) | {"by": names.get(review.reviewer_account_id)}
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
        "audit": _audit_of(item),
        **(further or {}),
    }
    audit.record(actor, EXPORTED, subject_kind="content_item", subject_id=item.id, pack=digest_of(pack))
    return pack


def digest_of(pack: Mapping[str, Any]) -> str:
    """Return what stands for a whole pack on the audit trail."""
    return _sha256(json.dumps(pack, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _decision(review: Review) -> dict[str, Any]:
    return {
        "decision": review.decision.value,
        "account": str(review.reviewer_account_id),
        "at": review.decided_at.isoformat(),
        "reason": review.reason,
        "version_hash": review.version_hash.hex(),
    }


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


def _approved_in(canonical: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `_approved` makes of the wording that a canonical form holds."""
    image_sha256, image_alternative = canonical["image"]
    return {
        "texts": [dict(zip(("language", "title", "summary"), text, strict=True)) for text in canonical["texts"]],
        "captions": [dict(zip(("network", "language", "text"), one, strict=True)) for one in canonical["captions"]],
        "destination": canonical["destination"],
        "image_sha256": image_sha256,
        "image_alternative": image_alternative,
        "is_text_locked": canonical["is_text_locked"],
    }


def _audit_of(item: ContentItem) -> list[dict[str, Any]]:
    """Return the item's audit events: chained ones with the link before them, so that their hash can be checked.

    An event of the last minute may wait for the chain. It has no link yet, and stands at the end.
    """
    rows = session.execute(
        select(AuditEvent, AuditLink.sequence, AuditLink.hash)
        .outerjoin(AuditLink, AuditLink.event_key == AuditEvent.key)
        .where(AuditEvent.subject_kind == "content_item", AuditEvent.subject_id == item.id)
        .order_by(AuditLink.sequence.nulls_last(), AuditEvent.key)
    ).all()
    found = []
    for event, sequence, hash_ in rows:
        link: dict[str, Any] = {"sequence": None, "previous": None, "event": audit.canonical_of(event), "hash": None}
        if sequence is not None:
            before = session.scalar(select(AuditLink.hash).where(AuditLink.sequence == sequence - 1))
            link |= {"sequence": sequence, "previous": (before or audit.FIRST_HASH).hex(), "hash": hash_.hex()}
        found.append(link)
    return found


def problems_in(pack: dict[str, Any]) -> list[str]:
    """Return what does not fit together in a pack, without a database; an empty list for one that is whole.

    Whoever writes everything anew makes a pack that fits together. Only `problems_with_chain` finds that.
    """
    if pack["format"] not in (FORMAT, WITHOUT_DIGEST):
        return [f"this is no pack of the format “{FORMAT}”"]
    version, canonical = pack["version"], json.loads(pack["version"]["canonical"])
    found = []
    # Circumstances of an older version may have changed since; a pack says so, and holds them as they are now.
    if version["is_canonical_of_hash"] != (_sha256(version["canonical"]) == version["hash"]):
        found.append("the text of the version does not match its hash")
    if pack["approved"] != _approved_in(canonical):
        found.append("what was approved is not the text of the version")
    if pack["item"]["is_product"] != canonical["circumstances"]["is_product"]:
        found.append("whether it is about a product is not what the version says")
    found += [
        f"the decision of {decision['at']} is about another version"
        for decision in pack["decisions"]
        if decision["version_hash"] != version["hash"]
    ]
    found += _problems_with_decisions(pack)
    found += [
        f"audit event {link['sequence']} does not match its hash"
        for link in pack["audit"]
        if link["sequence"] is not None
        and audit.hash_after(bytes.fromhex(link["previous"]), link["event"]).hex() != link["hash"]
    ]
    return found


def limits_of(pack: dict[str, Any]) -> list[str]:
    """Return what a pack cannot be checked for, in words."""
    if pack["format"] != WITHOUT_DIGEST:
        return []
    return ["this pack was made before digests were kept: nothing tells whether names and shared texts in it changed"]


def _problems_with_decisions(pack: dict[str, Any]) -> Iterator[str]:
    """Tell of decisions without an audit event that says the same, and of events without their decision."""
    events = [link["event"] for link in pack["audit"] if link["event"]["action"] in DECIDED]
    for decision in pack["decisions"]:
        said = (f"content.{decision['decision']}", decision["account"], decision["version_hash"], decision["at"])
        same = next((event for event in events if _said_by(event, decision["at"]) == said), None)
        if same is None and pack["format"] == WITHOUT_DIGEST:
            continue  # what was not chained yet when it was made is not in it
        if same is None:
            yield f"the decision of {decision['at']} is not on the audit trail as it stands here"
        else:
            events.remove(same)
    for event in events:
        # The same words may have been decided about as another version.
        if event["details"].get("number") == pack["version"]["number"]:
            yield f"the decision of {event['occurred_at']} is missing"


def _said_by(event: dict[str, Any], otherwise: str) -> tuple[Any, ...]:
    """Return what an event says about a decision. Old ones do not hold its instant."""
    details = event["details"]
    return (event["action"], event["actor"], details.get("version"), details.get("at", otherwise))


def problems_with_chain(pack: dict[str, Any]) -> list[str]:
    """Return where a pack says something else than the database: its events, its version, and the pack as it was made.

    People who were erased or renamed since make no difference.
    """
    found = []
    for link in pack["audit"]:
        if link["sequence"] is None:
            event = session.get(AuditEvent, link["event"]["key"])
            if event is None or audit.canonical_of(event) != link["event"]:
                found.append(f"audit event {link['event']['key']} is another one")
            continue
        stored = session.scalar(select(AuditLink.hash).where(AuditLink.sequence == link["sequence"]))
        if stored is None or stored.hex() != link["hash"]:
            found.append(f"link {link['sequence']} of the chain is another one")
    item_id = UUID(pack["item"]["id"])
    found += _problems_with_version(pack, item_id)
    made = select(AuditEvent.details["pack"].astext).where(
        AuditEvent.action == EXPORTED, AuditEvent.subject_id == item_id
    )
    if pack["format"] != WITHOUT_DIGEST and digest_of(pack) not in set(session.scalars(made)):
        found.append("no pack like this is on the audit trail: it was changed, or it was not made here")
    return found


def _problems_with_version(pack: dict[str, Any], item_id: UUID) -> Iterator[str]:
    version = session.scalar(
        select(ContentVersion)
        .join(ContentItem, ContentItem.key == ContentVersion.item_key)
        .where(ContentItem.id == item_id, ContentVersion.number == pack["version"]["number"])
    )
    if version is None:
        yield "there is no such version here"
        return
    told = pack["version"]
    if (told["hash"], told["created_at"]) != (version.hash.hex(), version.created_at.isoformat()):
        yield "the version is another one"
    if pack["approved"] != _approved(wording_of(version)):
        yield "what was approved is not the text that is stored"
    decided = session.scalars(
        select(Review).where(Review.version_id == version.id).order_by(Review.decided_at, Review.id)
    ).all()
    named = [{name: value for name, value in one.items() if name != "by"} for one in pack["decisions"]]
    # Further decisions may have been made since.
    if named != [_decision(review) for review in decided[: len(named)]]:
        yield "the decisions are not those that are stored"


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
