"""The pages of somebody who takes part, or only reads."""
