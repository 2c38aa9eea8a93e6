"""What names mean in Zig: containers and what is in them, through imports, generic functions and payloads."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import shown_uses

import repoagent

MakeRepository = Callable[..., Path]
LIST = """\
const std = @import("std");
pub const Kind = enum { small, large, pub fn is_large(self: Kind) bool { return self == .large; } };
pub const Error = error{ Full, Empty };
pub fn List(comptime T: type) type {
    return struct {
        const Self = @This();
        items: []T,
        len: usize = 0,
        kind: Kind = .small,
        pub fn init(allocator: std.mem.Allocator) !Self {
            return Self{ .items = try allocator.alloc(T, 4) };
        }
        pub fn get(self: *const Self, at: usize) ?T {
            return if (at >= self.len) null else self.items[at];
        }
        pub fn push(self: *Self, item: T) Error!void {
            if (self.len == self.items.len) return error.Full;
            self.len += 1;
            if (self.len > 3) self.kind = .large;
        }
    };
}
pub const Node = struct { value: u32, next: ?*Node = null, pub fn double(n: Node) u32 { return n.value * 2; } };
pub const Tree = union(enum) { leaf: Node, none };
"""
MAIN = """\
const std = @import("std");
const list = @import("list.zig");
const shop = @import("shop");
const List = list.List;
const Node = list.Node;
const Nodes = List(Node);
const Other = struct { value: i8, len: u8 };
usingnamespace @import("mixed.zig");
fn total(nodes: *const Nodes, other: Other) u32 {
    var sum: u32 = mixed_in();
    while (nodes.get(0)) |node| : (sum += 1) sum += node.value;
    for (nodes.items) |n| sum += n.double();
    if (nodes.kind.is_large() and other.len > 0) sum += @intCast(other.value);
    const tree = list.Tree{ .leaf = nodes.items[0] };
    return switch (tree) { .leaf => |l| l.value, .none => shop.price(.large) };
}
test "total" {
    var nodes = try List(Node).init(std.testing.allocator);
    nodes.push(.{ .value = 1 }) catch |err| switch (err) { error.Full => return, else => return err };
    const first = nodes.get(0) orelse return;
    const made: Node = .{ .value = first.value };
    _ = total(&nodes, .{ .value = 3, .len = 1 }) + made.next.?.value;
    _ = std.unknown.value;
}
"""
FILES = {
    "build.zig": 'const m = b.addModule("shop", .{ .root_source_file = b.path("src/store/root.zig") });\n',
    "src/list.zig": LIST,
    "src/main.zig": MAIN,
    "src/mixed.zig": "pub fn mixed_in() u32 { return 1; }\n",
    "src/store/root.zig": 'const Kind = @import("../list.zig").Kind;\n'
    "pub fn price(k: Kind) u32 { return @intFromBool(k == .small); }\n",
}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (
            "Node.value",
            ["list.zig:23: value * 2; }", "main.zig:11: value;", "main.zig:15: value, .none",
             "main.zig:19: value = 1 })", "main.zig:21: value = firs", "main.zig:21: value };", "main.zig:22: value;"],
        ),
        ("Other.value", ["main.zig:13: value);", "main.zig:22: value = 3, ."]),
        ("List.get", ["main.zig:11: get(0)) |nod", "main.zig:20: get(0) orels"]),
        ("List.len", ["list.zig:14: len) null el", "list.zig:17: len == self.", "list.zig:18: len += 1;",
                      "list.zig:19: len > 3) sel"]),
        ("Kind.large", ["list.zig:2: large; } };", "list.zig:19: large;", "main.zig:15: large) };"]),
        ("Kind.small", ["list.zig:9: small,", "root.zig:2: small); }"]),
        ("Error.Full", ["list.zig:17: Full;", "main.zig:19: Full => retu"]),
        ("Tree.leaf", ["main.zig:14: leaf = nodes", "main.zig:15: leaf => |l| "]),
        ("Node.double", ["main.zig:12: double();"]),
        ("price", ["main.zig:15: price(.large"]),
        ("mixed_in", ["main.zig:10: mixed_in();"]),
    ],
)  # fmt: skip
def test_uses(make_repository: MakeRepository, what: str, expected: list[str]) -> None:
    assert shown_uses(make_repository(FILES), what) == expected


def test_a_rename_takes_along_what_hands_the_name_on(make_repository: MakeRepository) -> None:
    root = make_repository(FILES)
    with repoagent.open(root) as repo:
        repo.rename("src/list.zig:23", "Item").apply()
    assert (root / "src/main.zig").read_text() == re.sub(r"\bNode\b", "Item", MAIN)
    assert (root / "src/list.zig").read_text() == re.sub(r"\bNode\b", "Item", LIST)


def test_a_rename_of_what_an_import_takes_out(make_repository: MakeRepository) -> None:
    root = make_repository(FILES)
    with repoagent.open(root) as repo:
        repo.rename("Kind", "Size").apply()
    assert (root / "src/store/root.zig").read_text() == FILES["src/store/root.zig"].replace("Kind", "Size")


def test_circles_and_broken_code_end(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.zig": 'pub const A = @import("b.zig").A;\npub const C = C;\nconst x = y.z;\nconst y = x.z;\n'
        "fn f() void { x.z(.{ .q = y }); }\n",
        "b.zig": 'pub const A = @import("a.zig").A;\npub usingnamespace @import("b.zig");\npub const z = A.z;\n',
        "c.zig": "const broken = (((\nfn g() void { h.z(",
    })  # fmt: skip
    assert shown_uses(root, "a.zig:2") == ["a.zig:2: C;"]
    assert len(shown_uses(root, "b.zig:3")) == 4
