"""The pages of those who look after people, settings and the machine."""
