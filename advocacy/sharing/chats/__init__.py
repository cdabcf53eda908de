"""What there is to share, in Slack for one person and in Teams for one channel."""
