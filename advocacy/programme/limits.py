"""How long what people write here may be, and how much is shown at once."""

LONGEST_NAME = 120
LONGEST_NOTE = 1_000
MOST_COMPARED = 3
MOST_REPORT_DAYS = 366
