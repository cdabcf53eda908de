"""The fictional company, and the seed picture at full size."""
