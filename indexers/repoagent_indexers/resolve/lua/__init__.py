"""What a name in Lua means: file.py knows what is declared where, values.py what expressions are, resolver.py asks."""
