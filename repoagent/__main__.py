"""`python -m repoagent`: the program, where its script is not on the PATH."""

from repoagent.cli import main

if __name__ == "__main__":
    main()
