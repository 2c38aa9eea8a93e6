"""A question -> the places that it is about, and files by how much leans on them."""
