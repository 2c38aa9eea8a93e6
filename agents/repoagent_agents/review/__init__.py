"""What a commit breaks elsewhere: the staged tree held against the one before it."""
