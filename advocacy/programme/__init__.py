"""What the organisation wants and decides: scenarios it saved, reports it froze."""
