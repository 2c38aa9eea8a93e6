"""What a name in Python means: program.py knows what expressions are, resolver.py is its face."""
