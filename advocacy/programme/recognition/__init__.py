"""Recognition without spam: highlights people show, thanks for them, milestones for oneself, and goals of teams."""
