"""The measurements behind every claim of speed: ratios of things measured side by side in one run."""
