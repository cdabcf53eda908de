"""Pictures for the demo's items: calm abstract shapes, drawn from the item's number."""

import hashlib
import io
import random

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 630
PALETTES = (
    ("#d9e0fb", "#f5e6d3", "#2746c7"),
    ("#dff0e6", "#f3ecd8", "#1f7a4d"),
    ("#f7e1dc", "#efe6f5", "#a2413a"),
    ("#e2ecf5", "#f6efe0", "#35607f"),
    ("#ece4f7", "#f9eedd", "#6b4aa0"),
)


def draw(number: int) -> tuple[str, bytes]:
    """Return the SHA-256 and the bytes of a WebP picture; the same number gives the same picture."""
    chance = random.Random(number)
    light, warm, accent = PALETTES[number % len(PALETTES)]
    picture = Image.new("RGB", (WIDTH, HEIGHT), light)
    pen = ImageDraw.Draw(picture)
    for _ in range(3):
        x, y, r = chance.randrange(WIDTH), chance.randrange(HEIGHT), chance.randrange(220, 420)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=warm)
    picture = picture.filter(ImageFilter.GaussianBlur(70))
    pen = ImageDraw.Draw(picture, "RGBA")
    base = chance.randrange(300, 420)
    for line in range(7):
        points = [(0, base + line * 26)]
        height = base + line * 26
        for step in range(1, 13):
            height += chance.randrange(-34, 35)
            points.append((step * 100, height))
        pen.line(points, fill=(*_rgb(accent), 40 + line * 22), width=3, joint="curve")
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=82, method=4)
    body = buffer.getvalue()
    return hashlib.sha256(body).hexdigest(), body


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
