"""Roll-ups, the metric catalogue, and the one way out for numbers."""
