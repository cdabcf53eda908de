"""The technical floor. It knows no capability."""
