"""Where photos and label maps come from."""
