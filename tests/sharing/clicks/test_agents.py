"""Agent strings as they are met, and what each is."""

import pytest

from advocacy.sharing.clicks.agents import AgentKind, is_preview, kind_of

PREVIEWS = """
LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)
Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)
Slack-ImgProxy (+https://api.slack.com/robots)
Twitterbot/1.0
facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)
WhatsApp/2.23.20.0
TelegramBot (like TwitterBot)
Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)
Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5
http.rb/5.1.1 (Mastodon/4.2.1; +https://mastodon.example/)
Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)
Pleroma 2.5.1; https://pleroma.example <admin@pleroma.example>; Bot
Iframely/1.3.1 (+https://iframely.com/docs/about)
Embedly +support@embed.ly
Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)
""".strip().splitlines()

BOTS = """
Googlebot/2.1 (+http://www.google.com/bot.html)
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)
Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/125.0.0.0 Safari/537.36
curl/8.5.0
python-requests/2.32.3
Barracuda Sentinel (EE)
Mozilla/5.0
""".strip().splitlines()

BROWSERS = """
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [LinkedInApp]/9.29
Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 Chrome/125.0 Mobile Safari [FB_IAB/FB4A;FBAV/465.0.0;]
Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0 Mobile Safari/537.36
Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Mobile Safari/537.36 Viber/22.0
""".strip().splitlines()


@pytest.mark.parametrize("agent", PREVIEWS)
def test_agents_that_draw_previews_are_previews_here_and_in_the_redirect(agent: str) -> None:
    assert kind_of(agent) is AgentKind.PREVIEW
    assert is_preview(agent)


@pytest.mark.parametrize("agent", [*BOTS, "", " "])
def test_other_machines_are_bots_and_get_no_preview_page(agent: str) -> None:
    assert kind_of(agent) is AgentKind.BOT
    assert not is_preview(agent)


@pytest.mark.parametrize("agent", BROWSERS)
def test_people_in_browsers_and_apps_are_browsers(agent: str) -> None:
    assert kind_of(agent) is AgentKind.BROWSER
    assert not is_preview(agent)
