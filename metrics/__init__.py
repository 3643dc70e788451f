"""Arrays → numbers: whether pictures follow the mask, look real, and differ. Knows no network."""
