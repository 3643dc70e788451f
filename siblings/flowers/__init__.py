"""Flowers with a location: a DCGAN whose mask says where in the picture something is."""
