"""Asking for a page and getting what it says, or one clear sentence; by a worker that may be stopped at any point."""

import gzip
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select, text

from advocacy.content.unfurling import service
from advocacy.content.unfurling.models import Unfurl, UnfurlState
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Invalid, NotFound, NotPermitted, TooManyRequests
from advocacy.foundation.models import Media
from tests.factories.content import make_actor
from tests.support.sites import answer

PAGE = """<html lang="en"><head><title>A bridge</title><meta name="description" content="It mends itself.">
<meta property="og:image" content="/bridge.png"></head></html>"""


def png(width=40, height=30):
    raw = BytesIO()
    Image.new("RGB", (width, height), "teal").save(raw, "PNG")
    return raw.getvalue()


@pytest.fixture
def curator(session):
    return make_actor(Role.CURATOR)


def read(actor, url, jobs):
    unfurl_id = service.request_unfurl(actor, url=url).id
    assert jobs.run("content.unfurl") == 1
    return ambient.get_one(Unfurl, unfurl_id)


def test_a_page_is_read_and_its_picture_kept_at_our_own_origin(curator, site, recorded_jobs):
    site.pages |= {"/bridge": answer(PAGE), "/bridge.png": answer(png(), kind="image/png")}
    unfurl = read(curator, f" {site.url('/bridge')} ", recorded_jobs)
    assert unfurl.state is UnfurlState.DONE
    assert (unfurl.found["title"], unfurl.found["summary"]) == ("A bridge", "It mends itself.")
    kept = ambient.get_one(Media, unfurl.image_sha256)
    assert (kept.width, kept.height) == (40, 30)
    assert service.problem_of(unfurl) is None
    assert service.get_unfurl(unfurl.id, visible_to=curator) is unfurl


@pytest.mark.parametrize(
    "told",
    [
        '<link rel="canonical" href="/{}">',
        '<meta property="og:image" content="/{}.png">',
        '<script type="application/ld+json">{{"@type": "JobPosting", "title": "Welder", "url": "/{}"}}</script>',
    ],
)
def test_a_page_that_names_an_address_too_long_for_links_is_still_read(curator, site, recorded_jobs, told):
    site.pages["/bridge"] = answer(f"<title>A bridge</title>{told.format('世' * 400)}")
    unfurl = read(curator, site.url("/bridge"), recorded_jobs)
    assert (unfurl.state, unfurl.found["url"]) == (UnfurlState.DONE, site.url("/bridge"))


@pytest.mark.parametrize(
    "picture", [answer("<svg/>", kind="image/svg+xml"), answer(b"no picture", kind="image/png"), b""]
)
def test_a_page_without_its_picture_is_still_read(curator, site, recorded_jobs, picture):
    site.pages |= {"/": answer(PAGE), "/bridge.png": picture}
    unfurl = read(curator, site.url(), recorded_jobs)
    assert (unfurl.state, unfurl.image_sha256, unfurl.found["had_image"]) == (UnfurlState.DONE, None, True)


def test_a_picture_inside_the_network_is_not_fetched(curator, site, recorded_jobs):
    site.pages["/"] = answer(PAGE.replace("/bridge.png", "http://169.254.169.254/latest/meta-data/"))
    unfurl = read(curator, site.url(), recorded_jobs)
    assert (unfurl.state, unfurl.image_sha256) == (UnfurlState.DONE, None)


@pytest.mark.parametrize(
    ("behaviour", "refusal"),
    [
        (answer("no", status=404), "not_there"),
        (answer("no", status=403), "needs_sign_in"),
        (answer("no", status=503), "asked_to_wait"),
        (answer(b"%PDF", kind="application/pdf"), "wrong_type"),
        (answer(status=302, Location="http://10.0.0.1/"), "not_public"),
        (answer(gzip.compress(b"\0" * 20_000_000), Content_Encoding="gzip"), "too_large"),
        (b"nothing of the kind", "broken_answer"),
    ],
)
def test_what_stood_in_the_way_is_one_sentence(curator, site, recorded_jobs, behaviour, refusal):
    site.pages["/"] = behaviour
    unfurl = read(curator, site.url(), recorded_jobs)
    assert (unfurl.state, unfurl.refusal) == (UnfurlState.FAILED, refusal)
    assert service.problem_of(unfurl).endswith(".")


@pytest.mark.parametrize(
    "url", ["", "bridge", "javascript:alert(1)", "ftp://site.example/", "http://a b/", "x" * 3_000]
)
def test_what_is_no_address_is_refused_at_once(curator, url):
    with pytest.raises(Invalid):
        service.request_unfurl(curator, url=url)
    assert ambient.scalars(select(Unfurl)).all() == []


def test_only_who_writes_may_ask_and_only_who_asked_may_see(curator, recorded_jobs):
    with pytest.raises(NotPermitted):
        service.request_unfurl(make_actor(), url="https://site.example/")
    unfurl = service.request_unfurl(curator, url="https://site.example/")
    with pytest.raises(NotFound):
        service.get_unfurl(unfurl.id, visible_to=make_actor(Role.CURATOR))


def test_asking_has_an_end(curator, monkeypatch):
    monkeypatch.setattr(service, "MOST_IN_TEN_MINUTES", 2)
    for _number in range(2):
        service.request_unfurl(curator, url="https://site.example/")
    with pytest.raises(TooManyRequests):
        service.request_unfurl(curator, url="https://site.example/")
    service.request_unfurl(make_actor(Role.CURATOR), url="https://site.example/")


def test_a_run_that_comes_again_changes_nothing(curator, site, recorded_jobs):
    site.pages["/"] = answer(PAGE)
    unfurl = read(curator, site.url(), recorded_jobs)
    asked = len(site.asked)
    service.read_for(unfurl.id)
    service.read_for(curator.account_id)  # no such unfurl: forgotten meanwhile
    assert len(site.asked) == asked


def test_a_worker_that_dies_costs_time_and_is_told(curator):
    unfurl = service.request_unfurl(curator, url="https://site.example/")
    assert not service.is_late(unfurl)
    unfurl.created_at = clock.now() - timedelta(seconds=service.LATE_SECONDS + 1)
    assert service.is_late(unfurl)
    assert service.problem_of(unfurl) is None
    unfurl.created_at = clock.now() - timedelta(seconds=service.GIVEN_UP_SECONDS + 1)
    assert service.problem_of(unfurl) == "The page could not be read at the moment. Try again later."


def test_what_was_read_is_forgotten_after_a_week(curator):
    old = service.request_unfurl(curator, url="https://site.example/old")
    service.request_unfurl(curator, url="https://site.example/new")
    old.created_at = clock.now() - timedelta(days=service.KEPT_DAYS, minutes=1)
    ambient.flush()
    assert service.forget_old() == 1
    assert ambient.scalars(text("SELECT url FROM unfurl")).all() == ["https://site.example/new"]


def test_the_api_has_it_too(api, site, recorded_jobs):
    site.pages |= {
        "/": answer(
            PAGE.replace(
                "</head>",
                """<script type="application/ld+json">{"@type": "JobPosting", "title": "Welder",
            "identifier": "R-7", "datePosted": "2026-11-01", "validThrough": "2099-01-01"}</script></head>""",
            )
        ),
        "/bridge.png": answer(png(), kind="image/png"),
    }
    program = api(None, Role.CURATOR)
    made = program.post("/api/v1/unfurls", json={"url": site.url()})
    assert (made.status_code, made.json["state"], made.headers["Retry-After"]) == (202, "waiting", "1")
    recorded_jobs.run("content.unfurl")
    found = program.get(made.headers["Location"])
    assert (found.status_code, found.json["state"], found.json["problem"]) == (200, "done", None)
    assert found.json["found"]["kind"] == "job"
    assert found.json["found"]["job"]["reference"] == "R-7"
    assert found.json["found"]["job"]["ends_at"] == "2099-01-01T00:00:00Z"
    assert found.json["image_url"].endswith(found.json["image_sha256"])
    assert "Retry-After" not in found.headers
    assert program.post("/api/v1/unfurls", json={"url": "nonsense"}).status_code == 422
    assert api(None, Role.CURATOR).get(made.headers["Location"]).status_code == 404
    assert api().post("/api/v1/unfurls", json={"url": site.url()}).status_code == 403
    site.pages["/"] = answer(status=410)
    gone = program.post("/api/v1/unfurls", json={"url": site.url()})
    recorded_jobs.run("content.unfurl")
    problem = program.get(gone.headers["Location"]).json["problem"]
    assert problem == {"code": "gone", "detail": "The site says this is gone for good."}
