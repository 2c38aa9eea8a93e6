"""What a name in Bash means: file.py knows as what it stands where, program.py which files share a shell."""
