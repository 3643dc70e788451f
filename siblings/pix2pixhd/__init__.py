"""pix2pixHD: pictures of label maps, at any size, with styles of instances."""
