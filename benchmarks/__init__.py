"""What `make bench` runs: measurements, never assertions."""
