"""Interfaces of networks that people may connect an account to: addresses, scopes, cost and terms. One data file."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

Repeats = Literal["idempotency_key", "record_key", "never"]


@dataclass(frozen=True, slots=True)
class NetworkApi:
    """One network's interface.

    `asks_for_server`: the account lives on a server that the person names. `needs_app`: the organisation registers an
    application there and enters its id and secret. `scopes` is what posting needs, `number_scopes` what reading numbers
    needs beside it. `grant_days` is after how many days the person has to connect again, 0 where that is not told.
    `version` is a month (YYYYMM) where the interface has versions that end.
    """

    network: str
    asks_for_server: bool
    needs_app: bool
    scopes: tuple[str, ...]
    number_scopes: tuple[str, ...]
    repeats: Repeats
    repeats_for_minutes: int
    grant_days: int
    post_usd: Decimal
    post_with_link_usd: Decimal
    read_usd: Decimal
    gives_impressions: bool
    needs_approval: bool
    terms_url: str
    source: str
    checked_on: date
    authorize_url: str = ""
    token_url: str = ""
    revoke_url: str = ""
    api_url: str = ""
    directory_url: str = ""
    version: str = ""

    @property
    def costs_money(self) -> bool:
        return any((self.post_usd, self.post_with_link_usd, self.read_usd))

    def months_old(self, today: date) -> int | None:
        """Return how many months ago the version of the interface came out; None where there are no versions."""
        if not self.version:
            return None
        return (today.year - int(self.version[:4])) * 12 + today.month - int(self.version[4:])


DELIVERED = Path(__file__).with_name("network_apis.toml")


@cache
def network_apis(file: Path = DELIVERED) -> dict[str, NetworkApi]:
    """Return every interface by the key of its network, in the order people see them."""
    entries: list[dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))["api"]
    return {entry["network"]: _api(entry) for entry in entries}


def _api(entry: dict[str, Any]) -> NetworkApi:
    lists = {name: tuple(entry[name]) for name in ("scopes", "number_scopes")}
    prices = {name: Decimal(entry[name]) for name in ("post_usd", "post_with_link_usd", "read_usd")}
    return NetworkApi(**{**entry, **lists, **prices})
