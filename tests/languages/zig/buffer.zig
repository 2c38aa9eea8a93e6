//! A ring buffer.
const std = @import("std");
const Allocator = std.mem.Allocator;
const Level = @import("log.zig").Level;
pub usingnamespace @import("extras.zig");

/// How it can fail.
pub const Error = error{ Full, Empty } || Allocator.Error;
pub const Code = error{
    Lost,
    Found,
};

/// Which end.
pub const End = enum(u8) {
    front,
    back = 1,

    pub const default: End = .front;

    pub fn other(self: End) End {
        return if (self == .front) .back else .front;
    }
};

const Value = union(enum) {
    int: i64,
    text: []const u8,
    none,
};

const Handle = opaque {
    extern fn close(*Handle) void;
};

/// A buffer of `T`.
/// Grows never.
pub fn Ring(comptime T: type, comptime size: usize) type {
    return struct {
        const Self = @This();
        items: [size]T = undefined,
        head: usize,
        level: ?Level = null,

        var count: usize = 0;

        pub fn init(allocator: Allocator) Error!Self {
            _ = allocator;
            count += 1;
            return Self{ .head = 0 };
        }

        pub inline fn push(self: *Self, item: T) Error!void {
            if (self.full()) return error.Full;
            self.items[self.head] = item;
        }
    };
}

pub const Options = packed struct(u8) {
    small: bool = false,
    rest: u7,
    pub const Mode = struct { fast: bool };
};

pub const limit: usize = 16;
const Callback = *const fn (value: Value) void;
pub var current: ?*Options = null;
threadlocal var depth: u32 = 0;
pub const ring = Ring(Value, limit);
pub const @"odd name" = 1;

export fn entry(argc: c_int, argv: [*][*:0]u8) callconv(.C) c_int {
    const local = struct {
        fn helper() void {}
    };
    local.helper();
    run(argc, Options{ .rest = limit }) catch |err| handle(err);
    return 0;
}

extern "c" fn puts(text: [*:0]const u8) c_int;

fn run(
    count: c_int, // how many
    options: Options,
) !void {
    try std.testing.expect(count > limit);
    for (0..2) |i| {
        defer depth -= 1;
        current = &options;
        _ = i;
    }
}

comptime {
    _ = ring;
}

test "push fills it" {
    var r = try ring.init(std.testing.allocator);
    try r.push(.none);
}

test Ring {
    _ = End.default.other();
}
