"""Unique reach: how many different people a group's networks hold, without knowing who they are."""
