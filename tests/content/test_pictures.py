"""Pictures are decoded with limits and kept as clean copies."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import func, select

from advocacy.content.pictures import LONGEST_SIDE, re_encode, store_picture
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Invalid, NotPermitted
from advocacy.foundation.models import Media
from tests.factories.content import make_actor


def encoded(image, kind, **options):
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_bomb(width, height):
    """Return a small PNG that claims to be enormous."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


SQUARE = Image.new("RGB", (20, 10), "teal")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_kept_when_it_is_of_a_known_kind(kind):
    assert re_encode(encoded(SQUARE, kind))[0:3] in {("image/jpeg", 20, 10), ("image/png", 20, 10)}


def test_a_copy_holds_no_metadata():
    exif = Image.Exif()
    exif[0x010E] = "Taken by Jane Roe"
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Jane Roe")
    for raw in (
        encoded(SQUARE, "JPEG", exif=exif, comment=b"Jane Roe"),
        encoded(SQUARE, "PNG", pnginfo=text, exif=exif),
        encoded(SQUARE.convert("RGBA"), "PNG", pnginfo=text),
        encoded(SQUARE, "JPEG") + b"<script>Jane Roe</script>",
    ):
        _kind, _width, _height, clean = re_encode(raw)
        assert b"Roe" not in clean
        with Image.open(BytesIO(clean)) as copy:
            assert not copy.getexif()
            assert not {"comment", "exif", "Author", "icc_profile"} & set(copy.info)


def test_a_picture_is_turned_the_right_way_round():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert re_encode(encoded(SQUARE, "JPEG", exif=exif))[1:3] == (10, 20)


def test_a_picture_that_shines_through_stays_so_and_a_large_one_shrinks():
    assert re_encode(encoded(Image.new("RGBA", (5, 5), (0, 0, 0, 0)), "PNG"))[0] == "image/png"
    large = re_encode(encoded(Image.new("RGB", (4000, 3000), "teal"), "JPEG"))
    assert max(large[1:3]) == LONGEST_SIDE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a",
        encoded(SQUARE, "PNG")[:45],
        encoded(SQUARE, "JPEG")[:100],
        encoded(SQUARE, "TIFF"),
        encoded(SQUARE, "BMP"),
        b"%PDF-1.7",
        b"PK\x03\x04" + b"\0" * 100,
        png_bomb(60_000, 60_000),
        png_bomb(6_000, 6_000),
        b"\xff" * 5_000_001,
    ],
    ids=["none", "text", "svg", "gif", "cut png", "cut jpeg", "tiff", "bmp", "pdf", "zip", "bomb", "small bomb", "big"],
)
def test_a_file_is_refused_when_it_is_no_picture_we_take(raw):
    with pytest.raises(Invalid):
        re_encode(raw)


def test_the_same_picture_is_kept_once(session):
    curator = make_actor(Role.CURATOR)
    first, second = store_picture(curator, encoded(SQUARE, "PNG")), store_picture(curator, encoded(SQUARE, "PNG"))
    assert first.sha256 == second.sha256
    assert ambient.scalar(select(func.count()).select_from(Media)) == 1
    with pytest.raises(NotPermitted):
        store_picture(make_actor(), encoded(SQUARE, "PNG"))
