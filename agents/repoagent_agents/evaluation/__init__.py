"""How well a model writes code, by the field's protocols: problems, prompts, programs to run, and scores.

    problems.py   rows of a data set -> Problem: HumanEval, MBPP, MultiPL-E
    hub.py        the rows, from the hub's data set server
    prompts.py    Problem -> what the model is asked, and its reply -> the completion
    programs.py   Problem + completion -> files and commands to run, and what came out -> Verdict
    in_room.py    the program that runs Python completions, inside the sandbox
    scores.py     verdicts -> pass@k with its interval
    published.py  the figures that the family's authors published
    citations.py  questions over a repository, and whether the cited sources hold the answer

Nothing here runs a completion: `repoagent.sandbox` does, and `repoagent.eval_run` brings all of it together.
"""
