"""The largest things recruiting takes, known to its schemas and its services."""

LONGEST_NAME = 100
LONGEST_REFERENCE = 200
LONGEST_FIELD = 500
