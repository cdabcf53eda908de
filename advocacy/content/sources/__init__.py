"""Where ideas come from: feeds that are read politely, colleagues who suggest, and the inbox where somebody decides."""
