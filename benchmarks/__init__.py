"""Speed as ratios measured in one run: no figure here depends on how fast the machine is."""
