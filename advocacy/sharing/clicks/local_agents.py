"""What the kept lists do not know, or call by the wrong name. Regular expressions over the agent string."""

# Fetch a page to show its title and picture to people in a conversation.
LOCAL_PREVIEWS = (
    r"Cardyb",
    r"Bluesky Cardyb",
    r"Pleroma",
    r"Akkoma",
    r"Misskey",
    r"Firefish",
    r"Threads(?:bot|LinkPreview)",
    r"Xing(?:Bot|-contenttabreceiver)",
    r"kakaotalk-scrap",
    r"Teams(?:LinkPreview|Bot)",
    r"Webex.*[Uu]nfurl",
    r"Rocket\.Chat",
    r"Matrix-(?:Media-Repo|URL-Preview)",
    r"Zoom(?:Bot|LinkPreview)",
)

# Read links so that people need not: mail gateways, checkers, libraries.
LOCAL_BOTS = (
    r"Barracuda",
    r"[Pp]roofpoint",
    r"[Mm]imecast",
    r"SafeLinks",
    r"Mozilla/\d\.\d$",  # says nothing else: no browser does
)

# Real people in an app whose name looks like a bot's.
LOCAL_BROWSERS = (
    r"MetaIAB Facebook",
    r"CUBOT",
    r"^Mozilla/5\.0 \([^)]*(?:iPhone|iPad|Android|Windows NT|Macintosh)[^)]*\).*\b(?:Viber|Bluesky|Tumblr|Notion)/\d",
)
