"""What a suite says of a frame."""
