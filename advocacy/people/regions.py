"""Which countries, languages and time zones exist."""

from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.core import UnknownLocaleError

# ISO 3166-1 alpha-2, as assigned.
_ASSIGNED = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
    MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
    UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_ASSIGNED.split())


def known_country(text: str) -> str | None:
    """Return the country's two capital letters, or None when there is no such country."""
    code = text.strip().upper()
    return code if code in COUNTRIES else None


@cache
def _language_codes() -> frozenset[str]:
    special = {"mul", "zxx", "und"}  # several, none, unknown
    return frozenset(str(code) for code in Locale("en").languages if len(str(code)) in {2, 3}) - special


def known_language(text: str) -> str | None:
    """Return a language as "de", "pt-BR" or "zh-Hant", or None when there is no such language."""
    cleaned = text.strip().replace("_", "-")
    if not cleaned.isascii() or not 2 <= len(cleaned) <= 35:
        return None
    try:
        locale = Locale.parse(cleaned, sep="-", resolve_likely_subtags=False)
    except (ValueError, UnknownLocaleError):
        language, _, territory = cleaned.partition("-")
        if language.lower() not in _language_codes():
            return None
        country = known_country(territory) if territory else None
        if territory and country is None:
            return None
        return f"{language.lower()}-{country}" if country else language.lower()
    if locale.language not in _language_codes():
        return None
    return "-".join(part for part in (locale.language, locale.script, locale.territory) if part)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def known_time_zone(text: str) -> str | None:
    """Return an IANA zone such as "Europe/Berlin", or None when there is no such zone."""
    cleaned = text.strip()
    return cleaned if cleaned in _time_zones() else None
