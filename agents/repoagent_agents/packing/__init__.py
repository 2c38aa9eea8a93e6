"""Hits -> text that fills a window and goes not one token over."""
