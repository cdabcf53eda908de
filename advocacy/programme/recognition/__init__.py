"""Recognition without spam: moments people show, thanks for them, milestones for oneself, and goals of teams."""
