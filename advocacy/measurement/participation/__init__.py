"""Who takes part, how the work is spread, and who stays."""
