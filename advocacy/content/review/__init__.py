"""The JSON API of review: rules, and evidence."""
