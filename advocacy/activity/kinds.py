"""What the ledger's small numbers stand for. They are stored for ever: never reuse one."""

import enum


class Kind(enum.IntEnum):
    """What happened. Numbers are stored for ever: never reuse one."""

    SHARE_OPENED = 1
    SHARE_PUBLISHED = 2  # known by confirmation or evidence; it happened when the share was opened
    LINK_CLICKED = 3
    CONVERSATION_LOGGED = 4
    ITEM_SKIPPED = 5
    APPLICATION = 6  # detail: the recruiting stage; below zero: taken back, that stage was not entered then


class ClickClass(enum.IntEnum):
    """What a click was. Raw is the sum of all."""

    HUMAN = 1
    PREVIEW_BOT = 2
    SCANNER = 3
    INTERNAL = 4
    OWN = 5
    REPEATED = 6


class ClickFlag(enum.IntFlag):
    """What was known when a click came in and classification needs again when the rules change."""

    HEAD = 1
    PREFETCH = 2
    INTERNAL_ADDRESS = 4
    NO_VISITOR_KEY = 8
    PREVIEW_PAGE = 16
    BRAND_LINK = 32
    OWN_VISITOR = 64  # noted at import: what leads from a visitor to a portal session is gone after 48 hours


class Cause(enum.IntEnum):
    """Why the numbers of a day may be others than before. Numbers are stored."""

    EVENTS = 1  # something that happened came in, in time or late
    CORRECTION = 2  # what had been told was told anew
    CHOICE = 3  # somebody withdrew, was erased, said yes, or is known to have worked elsewhere
    RULES = 4  # clicks were judged anew: the whole day at once, or by newer rules
    DEFINITION = 5  # a number is counted in another way
    CALENDAR = 6  # days are cut in another time zone
