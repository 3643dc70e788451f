"""How weights change. Receives networks and batches as arguments."""
