"""How much somebody's words are like what colleagues shared lately: told to the writer alone, and kept nowhere."""

from advocacy.sharing.likeness.comparing import Likeness, forget_sketches, likeness_of, remember

__all__ = ["Likeness", "forget_sketches", "likeness_of", "remember"]
