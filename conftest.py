"""The composition root: which plugin modules make pytest a gate, and nothing else."""

pytest_plugins = ["fixtures.plugin", "reports.plugin"]
