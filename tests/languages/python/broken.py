from tools import *


class Open:
    """Still read."""

    def first(self):
        return helper(self, TOOL)


def after():
    def inner():
        pass
    return [inner


