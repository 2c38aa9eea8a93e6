"""What a name in Rust means: modules, uses, macros and types; resolver.py is its face."""
