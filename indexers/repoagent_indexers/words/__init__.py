"""Words of code and of questions: how they are split, numbered, weighed and counted."""
