"""Names that are never taken for a number: a page that must not say 190 may well name its reader."""

LETTERS = str.maketrans("0123456789", "bcdfghjklm")


def lettered(number: int) -> str:
    """Return a number in consonants, such as "cm" for 18: another one for each number, and no word."""
    return str(number).translate(LETTERS)
