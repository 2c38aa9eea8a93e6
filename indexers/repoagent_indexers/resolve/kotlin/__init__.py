"""What Kotlin means otherwise than the languages beside it: nodes.py reads its tree, types.py says what is what."""
