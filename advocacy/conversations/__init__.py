"""What a share led to, noted by the person who had the conversation."""
