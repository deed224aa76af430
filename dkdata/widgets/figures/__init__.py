"""What is told of the values of columns."""
