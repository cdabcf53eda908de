"""Openings, applications and hires, credited to links."""
