"""A page as tests read it: checked for what every page must have, then searched."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.test import TestResponse

UNESCAPED = "<marker-that-must-be-escaped>"
LABELLED = {"input", "select", "textarea"}
UNSENT = {"submit", "button", "image", "reset", "file"}
NEEDS_NO_LABEL = {"hidden", "submit", "button", "image", "reset"}


@dataclass(frozen=True)
class Page:
    root: Element
    text: str

    def all(self, tag: str) -> list[Element]:
        return list(self.root.iter(tag))

    def one(self, tag: str, **attributes: str) -> Element:
        """Return the one element with this tag and these attributes."""
        found = [
            element
            for element in self.all(tag)
            if all(element.get(name.rstrip("_")) == value for name, value in attributes.items())
        ]
        assert len(found) == 1, f"{len(found)} elements <{tag} {attributes}>"
        return found[0]

    def words(self) -> str:
        """Return what can be read on the page."""
        return " ".join(" ".join(self.root.itertext()).split())

    def field(self, name: str) -> str | None:
        return next((e.get("value") for e in self.all("input") if e.get("name") == name), None)

    def filled(self, action: str) -> dict[str, list[str]]:
        """Return what a browser would send for the form to `action` if nobody touched it, without its buttons."""
        sent: dict[str, list[str]] = {}
        for field in self.one("form", action=action).iter():
            name, kind = field.get("name"), field.get("type")
            if name is None or field.tag not in LABELLED or kind in UNSENT:
                continue
            if kind in {"checkbox", "radio"} and field.get("checked") is None:
                continue
            values = [field.get("value") or ""]
            if field.tag == "textarea":
                values = ["".join(field.itertext())]
            elif field.tag == "select":
                options = list(field.iter("option"))
                chosen = [option for option in options if option.get("selected") is not None] or options[:1]
                values = [option.get("value") or "" for option in chosen]
            sent.setdefault(name, []).extend(values)
        return sent


def checked_page(response: TestResponse, status: int = 200) -> Page:
    """Return the page of an answer after checking what holds for every page."""
    assert response.status_code == status, f"{response.status_code}: {response.get_data(as_text=True)[:500]}"
    assert response.mimetype == "text/html"
    text = response.get_data(as_text=True)
    page = Page(html5lib.parse(text, namespaceHTMLElements=False), text)
    problems = list(_problems(page, response))
    assert not problems, "; ".join(problems)
    return page


def page_part(response: TestResponse) -> Page:
    """Return a part that a script puts into a page."""
    assert response.status_code == 200, response.status_code
    text = response.get_data(as_text=True)
    assert UNESCAPED not in text
    return Page(html5lib.parse(text, namespaceHTMLElements=False), text)


def _problems(page: Page, response: TestResponse):  # type: ignore[no-untyped-def]
    titles = page.all("title")
    head_titles = list(page.root.find("head").iter("title")) if page.root.find("head") is not None else titles
    if len(head_titles) != 1 or not (head_titles[0].text or "").strip():
        yield "the page needs one title"
    if len(page.all("h1")) != 1:
        yield f"the page has {len(page.all('h1'))} first headings"
    if page.root.get("lang") in {None, ""}:
        yield "the page does not say its language"
    ids = [element.get("id") for element in page.root.iter() if element.get("id")]
    yield from (f"id {name!r} is used twice" for name in {name for name in ids if ids.count(name) > 1})
    if UNESCAPED in page.text:
        yield "something is not escaped"
    policy = response.headers.get("Content-Security-Policy", "")
    for script in page.all("script"):
        is_data = script.get("type") in {"application/json", "application/ld+json"}
        if not is_data and (not script.get("nonce") or f"'nonce-{script.get('nonce')}'" not in policy):
            yield "a script lacks this answer's nonce"
    for element in page.root.iter():
        if element.get("style"):
            yield f"<{element.tag}> has a style attribute, which the policy blocks"
        yield from (f"<{element.tag}> has {name}" for name in element.attrib if name.startswith("on"))
    labels = {label.get("for") for label in page.all("label")}
    wrapped = {id(inner) for label in page.all("label") for inner in label.iter()}
    for field in (e for e in page.root.iter() if e.tag in LABELLED and e.get("type") not in NEEDS_NO_LABEL):
        named = field.get("aria-label") or field.get("aria-labelledby") or field.get("id") in labels
        if not named and id(field) not in wrapped:
            yield f"<{field.tag} name={field.get('name')}> has no label"
    for form in page.all("form"):
        if (form.get("method") or "get").lower() == "post" and not any(
            field.get("name") == "csrf_token" and field.get("value") for field in form.iter("input")
        ):
            yield f"the form to {form.get('action')} has no CSRF token"
