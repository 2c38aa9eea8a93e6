"""Renaming a definition and its uses: definition, new name -> a plan of edits, and what is left for a person."""
