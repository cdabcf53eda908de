"""How long words of recognition may be."""

LONGEST_NOTE, LONGEST_WHY = 140, 200
