"""A run of any system: what starts, guards, shows and saves its training."""
