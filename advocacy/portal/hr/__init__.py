"""The pages of recruiters: how far job content reaches and what came of it."""
