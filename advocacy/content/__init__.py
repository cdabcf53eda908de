"""Content items, their versions, captions, review and who may see them."""
