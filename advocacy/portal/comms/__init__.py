"""The pages of those who make and review content."""
