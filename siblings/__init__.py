"""Further systems on the same machinery; each imports from home, none from another."""
