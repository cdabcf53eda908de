"""Reading somebody else's page: what it is called, what it is about, who made it, and the picture that goes with it."""
