"""What was decided, and how it is told."""
