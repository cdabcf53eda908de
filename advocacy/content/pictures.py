"""Pictures people upload: decoded with limits, re-encoded by us without their metadata, kept in the database."""

import hashlib
import warnings
from io import BytesIO

from flask_babel import gettext as _
from PIL import Image, ImageOps
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid
from advocacy.foundation.models import LARGEST_PICTURE_BYTES, Media

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 2_400
QUALITIES = (85, 70, 50)

# Pillow's own bomb check uses this process-wide limit; ours below is stricter about what is merely large.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def store_picture(actor: Actor, raw: bytes) -> Media:
    """Keep a picture and return it. The same picture twice is one row.

    Raises NotPermitted, and Invalid for what is too large, too many pixels, or no picture of a kind we decode
    (SVG is a program, so it is refused).
    """
    require(actor, Permission.CONTENT_WRITE)
    return keep_picture(raw)


def keep_picture(raw: bytes) -> Media:
    """Keep a picture that background work fetched for somebody. Raises Invalid as `store_picture` does."""
    kind, width, height, encoded = re_encode(raw)
    digest = hashlib.sha256(encoded).hexdigest()
    session.execute(
        insert(Media)
        .values(sha256=digest, type=kind, width=width, height=height, bytes=encoded)
        .on_conflict_do_nothing(index_elements=[Media.sha256])
    )
    return session.get_one(Media, digest)


def re_encode(raw: bytes) -> tuple[str, int, int, bytes]:
    """Return type, width, height and bytes of a clean copy. Only pixels survive. Raises Invalid."""
    if not raw:
        raise Invalid.field("picture", _("The file is empty."))
    if len(raw) > LARGEST_PICTURE_BYTES:
        raise Invalid.field(
            "picture",
            _(
                "A picture may have at most %(most)s MB.",
                most=LARGEST_PICTURE_BYTES // 1000000,
            ),
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # Pillow tells of odd metadata, which we drop anyway
            return _clean_copy(raw)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_many_pixels() from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError) as error:
        raise Invalid.field("picture", _("This is not a JPEG, PNG, WebP or GIF picture we can read.")) from error


def _clean_copy(raw: bytes) -> tuple[str, int, int, bytes]:
    with Image.open(BytesIO(raw), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise _too_many_pixels()
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        opened.load()
        upright = ImageOps.exif_transpose(opened)
    has_alpha = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
    # A new image takes over nothing but pixels: no EXIF, no place, no comments, no colour profile.
    image = upright.convert("RGBA" if has_alpha else "RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = Image.frombytes(image.mode, image.size, image.tobytes())
    if has_alpha:
        buffer = BytesIO()
        clean.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= LARGEST_PICTURE_BYTES:
            return "image/png", clean.width, clean.height, buffer.getvalue()
        flat = Image.new("RGB", clean.size, "white")
        flat.paste(clean, mask=clean.getchannel("A"))
        clean = flat
    for quality in QUALITIES:
        buffer = BytesIO()
        clean.save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= LARGEST_PICTURE_BYTES:
            return "image/jpeg", clean.width, clean.height, buffer.getvalue()
    raise Invalid.field("picture", _("This picture cannot be made small enough. Use one with fewer pixels."))


def _too_many_pixels() -> Invalid:
    return Invalid.field(
        "picture", _("A picture may have at most %(most)s million pixels.", most=MOST_PIXELS // 1000000)
    )
