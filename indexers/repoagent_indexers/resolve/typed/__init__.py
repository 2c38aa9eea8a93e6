"""One analysis for languages whose declarations say types; resolver.py is its face."""
