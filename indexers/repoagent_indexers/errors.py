"""The errors a caller may meet. Each knows its exit code and says in one line what to do.

RepoAgentError
├── UsageError        2   wrong use, or input that cannot be used
├── EnvironmentFault  3   no git, no repository, no permission
├── Refused           4   refused for safety, or for want of consent
├── ModelError        5   the model or its server
├── TestsFailed       6   the verifying command did not pass
└── NoSandbox         7   nothing here can run a command safely
"""

from __future__ import annotations


class RepoAgentError(Exception):
    """Base of all errors raised on purpose; its text is one line for a person."""

    exit_code = 2


class UsageError(RepoAgentError):
    """Wrong use, or input that cannot be used."""

    exit_code = 2


class EnvironmentFault(RepoAgentError):
    """The machine or the place cannot do it: no git, no repository, no permission."""

    exit_code = 3


class Refused(RepoAgentError):
    """Refused for safety, or because nobody consented."""

    exit_code = 4


class ModelError(RepoAgentError):
    """The model or its server failed. `partial` holds the text that had arrived before."""

    exit_code = 5

    def __init__(self, message: str, partial: str = "") -> None:
        super().__init__(message)
        self.partial = partial


class TestsFailed(RepoAgentError):
    """The verifying command did not pass."""

    exit_code = 6
    __test__ = False  # pytest: not a test class


class NoSandbox(RepoAgentError):
    """Nothing on this machine can run a command safely."""

    exit_code = 7
