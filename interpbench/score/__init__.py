"""The statistics of the board: skill, the bootstrap, intervals, paired comparisons, tiers."""
