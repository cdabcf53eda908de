"""The pages of those who ask what it was worth."""
