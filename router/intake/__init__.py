"""What comes in: the seam for sources, and what they share."""
