"""A filter of system calls for the sandbox, as the kernel's classic BPF: what no test needs and escapes have used.

Everything is allowed but the calls named here: they fail with EPERM; clone3, whose flags a filter cannot see, with
ENOSYS, upon which C libraries use clone; clone with CLONE_NEWUSER fails with EPERM; a foreign architecture is killed.
"""

from __future__ import annotations

import struct

_DENIED = {
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "setns": (308, 268),
    "unshare": (272, 97),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "open_by_handle_at": (304, 265),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "lookup_dcookie": (212, 18),
    "syslog": (103, 116),
    "pidfd_getfd": (438, 438),
}
"""Name -> number on x86_64 and on the others (asm-generic/unistd.h)."""

ARCHITECTURES = {"x86_64": (0xC000003E, 0, 56), "aarch64": (0xC00000B7, 1, 220)}
"""Machine -> AUDIT_ARCH_*, column in `_DENIED`, number of clone."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _EPERM, _ENOSYS, _KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
_CLONE3 = 435
_X32 = 0x40000000
_CLONE_NEWUSER = 0x10000000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data


def program(machine: str) -> bytes:
    """Return the filter for a machine of `ARCHITECTURES`, for `bwrap --seccomp`."""
    architecture, column, clone = ARCHITECTURES[machine]
    numbers = sorted(entry[column] for entry in _DENIED.values())
    denied = [(_EQUAL, number, "eperm", None) for number in numbers]
    code: list[tuple[int, int, str | None, str | None]] = [
        (_LOAD, _ARCHITECTURE, None, None),
        (_EQUAL, architecture, None, "kill"),
        (_LOAD, _NUMBER, None, None),
        (_AT_LEAST, _X32, "eperm", None),
        *denied,
        (_EQUAL, _CLONE3, "enosys", None),
        (_EQUAL, clone, None, "allow"),
        (_LOAD, _FIRST_ARGUMENT, None, None),
        (_ANY_BIT, _CLONE_NEWUSER, "eperm", "allow"),
    ]
    ends = {"allow": _ALLOW, "eperm": _EPERM, "enosys": _ENOSYS, "kill": _KILL}
    places = {name: len(code) + position for position, name in enumerate(ends)}
    packed = b""
    for position, (operation, value, if_true, if_false) in enumerate(code):
        jumps = [places[target] - position - 1 if target else 0 for target in (if_true, if_false)]
        packed += struct.pack("<HBBI", operation, *jumps, value)
    return packed + b"".join(struct.pack("<HBBI", _RETURN, 0, 0, value) for value in ends.values())
