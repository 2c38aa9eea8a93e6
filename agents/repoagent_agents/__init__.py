"""The middle floor: packing, models and loops. Prints nothing and writes no file; returns data."""
