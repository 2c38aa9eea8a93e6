"""Edits: of spans, of calls, of imports, and out of what a model replied."""
