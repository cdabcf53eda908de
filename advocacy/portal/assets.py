"""Where the built assets are: the portal asks for `app.css` and gets the address of the current content-hashed file."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from time import monotonic

BUILD_FOLDER = Path(__file__).parent / "static" / "build"
URL_PREFIX = "/static/"


class AssetsNotBuilt(RuntimeError):
    """There is no manifest, or it does not know the asset."""


@lru_cache(maxsize=4)
def _manifest(path: Path, changed_at: int) -> dict[str, str]:
    entries = json.loads(path.read_text(encoding="utf-8"))
    return {str(name): str(file) for name, file in entries.items()}


@lru_cache(maxsize=4)
def _manifest_at(folder: Path, _second: int) -> dict[str, str]:
    """Look once a second whether there was a rebuild, so that a running development server follows it."""
    path = folder / "manifest.json"
    return _manifest(path, path.stat().st_mtime_ns)


def manifest(folder: Path = BUILD_FOLDER) -> dict[str, str]:
    """Return logical name -> file name; read again only after a new build. Raises AssetsNotBuilt."""
    try:
        return _manifest_at(folder, int(monotonic()))
    except FileNotFoundError:
        raise AssetsNotBuilt("The portal's assets are not built. Run `make assets`.") from None


def asset_url(name: str, folder: Path = BUILD_FOLDER) -> str:
    """Return the address of an asset by its logical name, such as `app.css`. Raises AssetsNotBuilt."""
    try:
        return URL_PREFIX + manifest(folder)[name]
    except KeyError:
        raise AssetsNotBuilt(f"The build has no asset named {name!r}.") from None
