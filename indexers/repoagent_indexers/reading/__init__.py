"""Bytes of files -> facts: symbols, references, imports, chunks, terms."""
