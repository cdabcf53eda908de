"""The redirect: one click, one record on disk, one 302. No Flask and no sessions on this path."""
