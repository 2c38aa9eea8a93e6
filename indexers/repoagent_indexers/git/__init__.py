"""What git says: the repository, its files and blobs, its commits, its rules."""
