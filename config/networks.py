"""The networks people share on: limits, share intents and their evidence. One data file, `networks.toml`."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

Counting = Literal["weighted", "graphemes", "characters"]


@dataclass(frozen=True, slots=True)
class Network:
    """One network as the product knows it.

    `number` is what ledgers store and never changes. `prefills` says whether the network's own dialog takes our
    text; where it does not, the person copies and pastes. `link_length` is what a link costs in `limit`, 0
    meaning its real length. A post is seen up to `fold` characters or `fold_lines` lines (0: no limit) before its
    reader opens it. `source` is where limits were read, `checked_on` when.
    """

    number: int
    key: str
    name: str
    intent: str
    prefills: bool
    limit: int
    counting: Counting
    link_length: int
    link_in_text: bool
    asks_for_server: bool
    has_audience: bool
    evidence: str
    fold: int
    fold_lines: int
    fold_evidence: str
    source: str
    checked_on: date


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("networks.toml").read_text(encoding="utf-8"))


@cache
def networks() -> tuple[Network, ...]:
    """Return every network in the order people see them."""
    return tuple(Network(**entry) for entry in _file()["network"])


def version() -> str:
    return str(_file()["version"])


@cache
def _by_key() -> dict[str, Network]:
    return {network.key: network for network in networks()}


@cache
def _by_number() -> dict[int, Network]:
    return {network.number: network for network in networks()}


def find_network(key: str) -> Network | None:
    return _by_key().get(key)


def network_of(number: int) -> Network:
    return _by_number()[number]
