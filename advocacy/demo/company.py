"""Meridian Works: a fictional engineering and health-technology company. Everything here is invented."""

from dataclasses import dataclass

NAME = "Meridian Works"
MAIL_HOST = "meridian.example"
SITE = "https://www.meridian.example"
CAREERS = "https://careers.meridian.example"
ALLOWED_HOSTS = (("meridian.example", True),)

# Division -> teams with their country and a weight for how many people work there.
UNITS: dict[str, tuple[tuple[str, str, int], ...]] = {
    "Health": (("Health Lisbon", "PT", 34), ("Health Berlin", "DE", 28), ("Clinical Research", "DE", 14)),
    "Energy": (("Energy Bilbao", "ES", 30), ("Grid Software", "DE", 26), ("Field Service", "ES", 22)),
    "Mobility": (("Mobility Porto", "PT", 27), ("Rail Systems", "DE", 24)),
    "Software": (("Platform", "PT", 32), ("Data", "PT", 21), ("Security", "DE", 12)),
    "Sales": (("Sales Iberia", "ES", 26), ("Sales North", "GB", 24), ("Partnerships", "GB", 11)),
    "People and Culture": (("Recruiting", "PT", 12), ("Learning", "DE", 9)),
    "Communications": (("Newsroom", "PT", 11), ("Design", "PT", 8)),
    "Finance and Legal": (("Finance", "DE", 14), ("Legal", "DE", 6)),
}

LANGUAGES = {"PT": "en", "DE": "de", "ES": "es", "GB": "en"}
ZONES = {"PT": "Europe/Lisbon", "DE": "Europe/Berlin", "ES": "Europe/Madrid", "GB": "Europe/London"}
LOCALES = {"PT": "pt_PT", "DE": "de_DE", "ES": "es_ES", "GB": "en_GB"}

TOPICS = ("Health", "Energy", "Mobility", "Data", "Security", "Careers", "Sustainability", "Life at Meridian")

TITLES = (
    "Engineer",
    "Senior Engineer",
    "Project Lead",
    "Product Manager",
    "Analyst",
    "Consultant",
    "Designer",
    "Account Manager",
    "Technician",
    "Researcher",
    "Team Lead",
    "Specialist",
)


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody a visitor of the demo can sign in as."""

    role: str
    name: str
    email: str
    title: str
    team: str
    story: str
    language: str = ""  # where it is not that of the team's country


PERSONAS = (
    Persona(
        "employee",
        "Inês Duarte",
        f"ines.duarte@{MAIL_HOST}",
        "Senior Engineer",
        "Health Lisbon",
        "shares what is worth sharing, in her own words",
    ),
    Persona(
        "curator",
        "Tomás Almeida",
        f"tomas.almeida@{MAIL_HOST}",
        "Editor",
        "Newsroom",
        "finds and writes what others may want to share",
    ),
    Persona(
        "approver",
        "Katrin Vogel",
        f"katrin.vogel@{MAIL_HOST}",
        "Counsel",
        "Legal",
        "decides, with reasons, what may go out",
    ),
    Persona(
        "recruiter",
        "Marta Ibáñez",
        f"marta.ibanez@{MAIL_HOST}",
        "Talent Partner",
        "Recruiting",
        "sees how far job content reaches and what came of it",
    ),
    Persona(
        "executive",
        "Andrew Kerr",
        f"andrew.kerr@{MAIL_HOST}",
        "Chief Operating Officer",
        "Finance",
        "reads the one true page",
        language="en",
    ),
    Persona(
        "administrator",
        "Jonas Brandt",
        f"jonas.brandt@{MAIL_HOST}",
        "IT Operations",
        "Platform",
        "looks after people, settings and background work",
        language="en",
    ),
)


@dataclass(frozen=True, slots=True)
class Story:
    """An item's material: kind, path on the company's site, topic, texts, captions."""

    kind: str
    path: str
    topic: str
    title: str
    summary: str
    captions: tuple[str, ...]
    unit: str
    is_product: bool = False
    opening: str = ""
    german: tuple[str, str] | None = None
    spanish: tuple[str, str] | None = None


STORIES = (
    Story(
        "article",
        "/stories/lisbon-waiting-list",
        "Health",
        "How our Lisbon team cut a hospital's waiting list by a third",
        "Nurses drew the first plan on paper. Nine months later patients wait eleven days instead of seventeen.",
        (
            "I have sat in waiting rooms with my father. That is why this story from my company's Lisbon team stays with me.",
            "The nurses designed it, we only built it. What I like about how my colleagues work.",
            "Eleven days instead of seventeen. The interesting part is what the team left out.",
        ),
        "Newsroom",
        german=(
            "Wie unser Team in Lissabon eine Warteliste um ein Drittel verkürzte",
            "Pflegekräfte zeichneten den ersten Plan auf Papier. Neun Monate später warten Patienten elf statt siebzehn Tage.",
        ),
        spanish=(
            "Cómo nuestro equipo de Lisboa redujo un tercio la lista de espera de un hospital",
            "Las enfermeras dibujaron el primer plan en papel. Nueve meses después se espera once días en vez de diecisiete.",
        ),
    ),
    Story(
        "job",
        "/jobs/data-engineer-porto",
        "Careers",
        "Two data engineers in Porto",
        "You would look after the pipelines behind our rail forecasts. Four days a week is fine. Closes in three weeks.",
        (
            "We are looking for two people who like their data honest. Ask me anything about the team.",
            "I work with this team every day. If you like quiet systems that just run, talk to me.",
        ),
        "Recruiting",
        opening="MW-2041",
        german=(
            "Zwei Data Engineers in Porto",
            "Ihr kümmert euch um die Datenstrecken hinter unseren Bahnprognosen. Vier Tage sind in Ordnung.",
        ),
    ),
    Story(
        "article",
        "/stories/quiet-grid",
        "Energy",
        "The night the grid stayed quiet",
        "A storm, forty minutes, no outage: an hour-by-hour account by the people on shift in Bilbao.",
        (
            "Forty minutes that nobody outside noticed. I am glad I know the people who were on shift.",
            "What a good night looks like in grid operations: nothing happens.",
        ),
        "Newsroom",
    ),
    Story(
        "article",
        "/stories/bug-bounty-first-year",
        "Security",
        "What strangers found in our software, and what we fixed",
        "One year of paying people for finding our mistakes: 61 reports, 23 real ones, the longest fix took 19 days.",
        (
            "We publish our own mistakes. I think that is the only way to be believed.",
            "Twenty-three real findings in a year, with dates. Worth reading if you build anything.",
        ),
        "Newsroom",
        is_product=True,
    ),
    Story(
        "event",
        "/events/open-workshop-berlin",
        "Data",
        "Open workshop in Berlin: forecasting for people who must decide",
        "An afternoon with real data and no slides. Free, forty seats, bring a laptop.",
        ("No slides, real data. I will be there and would be glad to meet you.",),
        "Newsroom",
    ),
    Story(
        "job",
        "/jobs/rail-systems-engineer",
        "Careers",
        "Systems engineer for rail, Berlin",
        "Interlocking, safety cases, and colleagues who have done it before. Part-time possible.",
        ("Safety cases sound dry. With these colleagues they are not. Write to me if you want to know more.",),
        "Recruiting",
        opening="MW-2057",
    ),
    Story(
        "video",
        "/stories/field-service-day",
        "Life at Meridian",
        "A day with field service, from first call to last bolt",
        "Six minutes with the crew around Bilbao. No music, no voice-over.",
        ("Six minutes, no music. This is what my colleagues' work looks like.",),
        "Design",
    ),
    Story(
        "article",
        "/stories/repair-before-replace",
        "Sustainability",
        "Repair before replace: what 1,900 pumps taught us",
        "Three in four pumps went back to work after a part that costs 40 euros. The numbers, with their gaps.",
        (
            "Three out of four could be repaired. I keep thinking about that.",
            "The numbers come with their gaps, which is why I trust them.",
        ),
        "Newsroom",
    ),
    Story(
        "job",
        "/jobs/clinical-data-scientist",
        "Careers",
        "Clinical data scientist, Berlin or remote",
        "Help hospitals see what works. Statistics first, tools second. We answer every application.",
        ("We answer every application, and I know the person who does. Have a look.",),
        "Recruiting",
        opening="MW-2063",
    ),
    Story(
        "text",
        "",
        "Life at Meridian",
        "Ten years of our apprentices' workshop",
        "142 people learned a trade with us. Say what it meant to you, in your own words.",
        (
            "I learned a lot from our apprentices. Ten years of the workshop: congratulations to everybody who taught in it.",
        ),
        "Learning",
    ),
)

# Older stories: a subject and an angle are combined so that two years of history have titles of their own.
SUBJECTS = (
    ("Health", "a ward in Setúbal"),
    ("Health", "remote check-ups"),
    ("Energy", "the Bilbao control room"),
    ("Energy", "heat pumps in old houses"),
    ("Mobility", "night trains"),
    ("Mobility", "a bus depot in Braga"),
    ("Data", "forecasts that admit doubt"),
    ("Data", "a dictionary of measures"),
    ("Security", "passkeys for everyone"),
    ("Sustainability", "copper that comes back"),
    ("Life at Meridian", "parental leave"),
    ("Life at Meridian", "the canteen garden"),
)
ANGLES = (
    "What we learned from {}",
    "{}, one year on",
    "Three questions about {}",
    "Behind {}: the people who did it",
    "What did not work with {}",
    "The numbers on {}, with their gaps",
    "A visitor's day with {}",
)
OLDER_SUMMARIES = (
    "A short read with names of methods, not slogans.",
    "Told by the people who did the work, with what they would do differently.",
    "What it cost, what it brought, and what nobody knows yet.",
    "Five minutes, one chart, and an address for questions.",
)
OLDER_CAPTIONS = (
    "My colleagues wrote down what they learned. I found the second part useful.",
    "I was there for some of this. It reads as it was.",
    "A calm account from where I work. Happy to answer questions.",
    "What I like here: it says what did not work.",
)

OPENINGS = (
    ("MW-2041", "Data engineer", "Engineering", "Porto", "Data"),
    ("MW-2057", "Systems engineer, rail", "Engineering", "Berlin", "Rail Systems"),
    ("MW-2063", "Clinical data scientist", "Research", "Berlin", "Clinical Research"),
    ("MW-1987", "Service technician", "Service", "Bilbao", "Field Service"),
    ("MW-1990", "Account manager", "Sales", "Madrid", "Sales Iberia"),
    ("MW-1968", "Security engineer", "Engineering", "Berlin", "Security"),
    ("MW-1933", "Product designer", "Design", "Lisbon", "Design"),
    ("MW-1911", "Grid software engineer", "Engineering", "Berlin", "Grid Software"),
)

ACCOUNTS = (
    "a regional hospital group",
    "a city transport authority",
    "a grid operator",
    "a rail company",
    "a university clinic",
    "a ministry",
    "a housing cooperative",
    "a logistics firm",
)
