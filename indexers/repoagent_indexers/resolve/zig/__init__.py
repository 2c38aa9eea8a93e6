"""What a name in Zig means: file.py knows what is declared where, values.py what expressions are, resolver.py asks."""
