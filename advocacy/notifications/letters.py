"""The wording of letters: a subject and a text in the reader's language, and the same text as simple HTML."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations
from markupsafe import Markup, escape

from advocacy.notifications.models import Kind

TRANSLATIONS = Path(__file__).parent.parent / "translations"

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to be sent."""

    subject: str
    text: str
    html: str
    language: str


@dataclass(frozen=True, slots=True)
class Wording:
    """What one kind of letter says: paragraphs before the link, the words of the link, paragraphs after it."""

    subject: str
    before: tuple[str, ...]
    action: str
    after: tuple[str, ...]


def invitation(_: Translate, organisation: str) -> Wording:
    return Wording(
        subject=_("{organisation} invites you to take part, if you like").format(organisation=organisation),
        before=(
            _("Some of us share what we work on with the people we know, in our own words. You are invited to join."),
            _("It is voluntary. Nothing is posted for you, and nobody learns whether you said no."),
        ),
        action=_("Have a look"),
        after=(_("The link works once and for 24 hours. If it is too old, ask for a new one on the sign-in page."),),
    )


def sign_in(_: Translate, organisation: str) -> Wording:
    return Wording(
        subject=_("Your link to sign in at {organisation}").format(organisation=organisation),
        before=(_("Somebody, probably you, asked for a link to sign in."),),
        action=_("Sign in"),
        after=(
            _("The link works once and for 15 minutes."),
            _("If it was not you, do nothing: without the link nobody comes in."),
        ),
    )


def password_reset(_: Translate, organisation: str) -> Wording:
    return Wording(
        subject=_("Choose a new password for {organisation}").format(organisation=organisation),
        before=(_("Somebody, probably you, asked for a new password."),),
        action=_("Choose a new password"),
        after=(
            _("The link works once and for 15 minutes."),
            _("If it was not you, do nothing: your password stays as it is."),
        ),
    )


def review_due(_: Translate, organisation: str) -> Wording:
    return Wording(
        subject=_("Something waits for your decision at {organisation}").format(organisation=organisation),
        before=(_("It is due soon or late already. Whoever wrote it cannot go on without you."),),
        action=_("Read and decide"),
        after=(_("You get this because you are among those who decide. Each item is told of twice at most."),),
    )


def mend_proposed(_: Translate, organisation: str) -> Wording:
    return Wording(
        subject=_("A post may have to be mended at {organisation}").format(organisation=organisation),
        before=(
            _("A post about a product is wrong, a colleague says. Two others decide whether its author is asked."),
        ),
        action=_("Have a look"),
        after=(_("You get this because you are among those who may agree. Whose post it is stays unknown to you."),),
    )


def post_to_mend(_: Translate, organisation: str) -> Wording:
    return Wording(
        subject=_("Please mend a post of yours about {organisation}").format(organisation=organisation),
        before=(
            _("Something in a post of yours about a product has to change: two colleagues agreed on it."),
            _("Nobody but you learns that it is yours. What to change, and why, is on the page."),
        ),
        action=_("See what it is about"),
        after=(_("You can also answer there that you cannot."),),
    )


def texts_in_evidence(_: Translate, organisation: str) -> Wording:
    return Wording(
        subject=_("What you shared about a product can be read as evidence at {organisation}").format(
            organisation=organisation
        ),
        before=(
            _("It is about “{title}”. One person asked, two others agreed; nobody else can read it."),
            _("Their reason: {reason}"),
            _("Until {until} these three can read the texts you posted about it, with your name."),
        ),
        action=_("See it in your data"),
        after=(_("You need not do anything. You get this whatever you turned off: it never happens in silence."),),
    )


# Where the letter about a duty leads.
DUTIES: dict[Kind, str] = {
    Kind.REVIEW_DUE: "/review/{subject}",
    Kind.MEND_PROPOSED: "/posts-to-mend",
    Kind.POST_TO_MEND: "/",
    Kind.TEXTS_IN_EVIDENCE: "/my-data#evidence",
}

# Named as links and duties are: the name is stored with the delivery.
LETTERS: dict[str, Callable[[Translate, str], Wording]] = {
    "invitation": invitation,
    "sign_in": sign_in,
    "password_reset": password_reset,
    "review_due": review_due,
    "mend_proposed": mend_proposed,
    "post_to_mend": post_to_mend,
    "texts_in_evidence": texts_in_evidence,
}


def write(name: str, *, language: str, organisation: str, url: str, facts: Mapping[str, str] | None = None) -> Letter:
    """Return the letter `name` with its link and the facts it names. Raises KeyError for one that does not exist."""
    wording = LETTERS[name](catalogue(language).gettext, organisation)
    if facts:
        wording = replace(wording, before=tuple(paragraph.format(**facts) for paragraph in wording.before))
    return written(wording, language=language, organisation=organisation, url=url)


def written(wording: Wording, *, language: str, organisation: str, url: str) -> Letter:
    """Return what a letter says, as text and as HTML, with its one link."""
    text = "\n\n".join((*wording.before, f"{wording.action}:\n{url}", *wording.after, organisation)) + "\n"
    return Letter(wording.subject, text, str(_html(wording, language, organisation, url)), language)


def _html(wording: Wording, language: str, organisation: str, url: str) -> Markup:
    def paragraphs(texts: tuple[str, ...]) -> Markup:
        return Markup("").join(Markup("<p>{}</p>").format(text) for text in texts)

    return Markup(
        '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{subject}</title></head>'
        '<body style="font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem">'
        '{before}<p><a href="{url}" style="display:inline-block;padding:.7rem 1.2rem;border-radius:.5rem;'
        'background:#2b4acb;color:#fff;text-decoration:none">{action}</a></p>{after}'
        '<p style="color:#555;font-size:.875rem">{organisation}</p></body></html>'
    ).format(
        language=escape(language),
        subject=wording.subject,
        before=paragraphs(wording.before),
        url=url,
        action=wording.action,
        after=paragraphs(wording.after),
        organisation=organisation,
    )


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the texts of a language, for letters: they are written where no request says which language is read."""
    return Translations.load(str(TRANSLATIONS), [language])
