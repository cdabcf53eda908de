"""Employees, dated units and head counts, audiences, topics, consent."""
