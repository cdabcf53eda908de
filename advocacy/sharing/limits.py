"""The largest things sharing takes, known to its schemas and its service."""

LONGEST_TEXT = 65_000
LONGEST_CAMPAIGN = 60
MOST_REPORTED = 2_000_000_000
LONGEST_REASON = 500
# As it will stand in a post. Two of them, and a blank, are seen before the earliest fold of any network (a test).
LONGEST_WORDING = 95
