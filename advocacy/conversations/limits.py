"""The largest things conversations take, known to their schemas and their service."""

LONGEST_ACCOUNT = 200
LONGEST_NOTE = 4_000
