"""The uploads origin: pictures and nothing else."""

import hashlib

import pytest
from werkzeug.test import Client

from advocacy.foundation.db import session
from advocacy.foundation.models import Media
from advocacy.foundation.uploads import Uploads


@pytest.fixture
def origin(committed_database):
    return Client(Uploads(committed_database))


@pytest.fixture
def picture(committed_database):
    body = b"\x89PNG\r\n\x1a\n a picture"
    name = hashlib.sha256(body).hexdigest()
    session.add(Media(sha256=name, type="image/png", width=1, height=1, bytes=body))
    session.commit()
    return name, body


def test_picture_is_kept_for_ever_and_runs_nothing(origin, picture):
    name, body = picture
    response = origin.get(f"/{name}")
    assert response.status_code == 200
    assert response.data == body
    assert response.content_type == "image/png"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in response.headers


def test_picture_that_is_known_is_not_sent_again(origin, picture):
    name, _body = picture
    response = origin.get(f"/{name}.png", headers={"If-None-Match": f'"{name}"'})
    assert response.status_code == 304
    assert response.data == b""


def test_head_has_no_body(origin, picture):
    response = origin.head(f"/{picture[0]}")
    assert response.status_code == 200
    assert response.data == b""
    assert int(response.headers["Content-Length"]) == len(picture[1])


@pytest.mark.parametrize("path", ["/", "/x", "/" + "0" * 64, "/" + "0" * 63, "/../etc/passwd", "/" + "G" * 64, "/%00"])
def test_everything_else_is_not_found(origin, path):
    response = origin.get(path)
    assert response.status_code == 404
    assert "sandbox" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS"])
def test_nothing_can_be_changed(origin, picture, method):
    assert origin.open(f"/{picture[0]}", method=method).status_code == 405


def test_what_is_no_picture_is_not_served(origin):
    session.add(Media(sha256="a" * 64, type="text/html", width=1, height=1, bytes=b"<script>alert(1)</script>"))
    session.commit()
    assert origin.get("/" + "a" * 64).status_code == 404
