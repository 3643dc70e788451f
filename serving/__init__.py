"""The finished generator in use."""
