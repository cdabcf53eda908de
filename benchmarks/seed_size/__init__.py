"""The seed-size company: built in bulk, filled by real workers, measured and compared."""
