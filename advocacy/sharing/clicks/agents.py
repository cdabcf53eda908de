"""Who asks: a browser, a bot that draws a preview for people, or another machine."""

import enum
import re
from functools import cache, lru_cache

from advocacy.sharing.clicks import local_agents

REMEMBERED_AGENTS = 8_192


class AgentKind(enum.Enum):
    BROWSER = "browser"
    PREVIEW = "preview"
    BOT = "bot"


@cache
def _preview_pattern() -> re.Pattern[str]:
    """Return one pattern for all agents that fetch a page to draw its preview."""
    import crawleruseragents

    listed = [
        entry["pattern"]
        for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA
        if "social-preview" in entry.get("tags", ())
    ]
    return re.compile("|".join(f"(?:{pattern})" for pattern in (*local_agents.LOCAL_PREVIEWS, *listed)))


@cache
def _local_bots() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in local_agents.LOCAL_BOTS))


@cache
def _local_browsers() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in local_agents.LOCAL_BROWSERS))


@lru_cache(maxsize=REMEMBERED_AGENTS)
def is_preview(agent: str) -> bool:
    """Return whether this agent draws previews; quick enough for the redirect, which answers it with a page."""
    return bool(_preview_pattern().search(agent)) and not _local_browsers().search(agent)


@lru_cache(maxsize=REMEMBERED_AGENTS)
def kind_of(agent: str) -> AgentKind:
    """Return what an agent is: the union of two kept lists and our own, each remembered per string."""
    import crawlerdetect
    import crawleruseragents

    if not agent.strip():
        return AgentKind.BOT
    if is_preview(agent):
        return AgentKind.PREVIEW
    if _local_browsers().search(agent):
        return AgentKind.BROWSER
    if _local_bots().search(agent) or crawlerdetect.CrawlerDetect(user_agent=agent).is_crawler():
        return AgentKind.BOT
    return AgentKind.BOT if crawleruseragents.is_crawler(agent) else AgentKind.BROWSER
