"""All Python files of a repository: which module a file is, what a name or expression stands for, where it is plain.

Nothing is run and nothing is imported. What is not plain is unknown, `()`: never a guess. Looked through are imports
with aliases, re-exports and stars, class bases, annotations, constructors, `self`, return values, attributes set in
methods, `with`, loops over annotated collections, and pytest's fixtures.
"""

from repoagent_indexers.resolve.python.annotations import Annotations
from repoagent_indexers.resolve.python.classes import Classes
from repoagent_indexers.resolve.python.expressions import Expressions
from repoagent_indexers.resolve.python.functions import Functions
from repoagent_indexers.resolve.python.imports import Imports
from repoagent_indexers.resolve.python.parameters import Parameters
from repoagent_indexers.resolve.python.variables import Variables


class PythonProgram(Imports, Expressions, Variables, Parameters, Classes, Functions, Annotations):
    """The Python files of an index, and what is plain in them.

    A strict one says what an expression may be only where it knows all that it may be. A lenient one says what is
    likely: it passes over what it does not know, and believes calls in what they give a function.
    """
