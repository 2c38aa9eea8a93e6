"""What names mean in Scala, by its own scopes, imports and types; `resolver.py` puts it on `typed`."""
