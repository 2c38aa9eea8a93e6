"""Judges and the programs that they ask: of what a use of a name means (references.py), of symbols (outlines.py)."""
