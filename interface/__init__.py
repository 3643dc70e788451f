"""How every program of the house meets people: flags in, whole files and pictures out."""
