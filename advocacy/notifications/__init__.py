"""What to tell whom, and the senders that do it."""
