"""What people bring, as what a generator asks for."""
