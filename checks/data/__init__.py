"""Data: who takes the writes, who follows, and by how much."""
