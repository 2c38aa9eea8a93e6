"""What a name in Haskell means: header.py reads what a module takes in and hands out, file.py what it defines,
scopes.py what is bound around a place, names.py what is in sight where, resolver.py asks.
"""
