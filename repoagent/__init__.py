"""Understand and change a whole codebase with an open model."""
