"""What names mean in Lua: tables that modules return, classes, objects, locals that hand things on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import shown_uses

import repoagent

MakeRepository = Callable[..., Path]
FILES = {
    "lua/shop/list.lua": """\
local class = require("class")
local List = class()
local M = { helper = nil }
List.__index = List
local function total(items) return #items end
local later
function List.new(items) local self = setmetatable({}, List); self.items = items; return self end
function List:add(item) self.n = total(self.items); return self:count(item) + later() end
function List:count() return 1 end
List.first = function(self) return self:count() end
later = function() return 2 end
local Queue = setmetatable({}, { __index = List })
function Queue.new() return setmetatable({}, Queue) end
function Queue:pop() return self:add(1) end
return { List = List, Queue = Queue, total = total }
""",
    "lua/shop/init.lua": """\
local list = require "shop.list"
local M = {}
M.list = list.List.new({})
local total = list.total
function M.run(list)
  list:add(1)
  local q = require("shop.list").Queue.new()
  return q:pop() + q:count() + M.list:add(2) + total({}) + string.add(3)
end
function M:again() return self.run(self) end
return M
""",
    "main.lua": """\
local shop = require("shop")
function start() return shop.run(shop.list) + shop:again() end
start()
missing.add(1)
""",
    "broken.lua": "local function f( return end\nlocal x = x.y.z\n",
}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("List.add", ["init.lua:6: add(1) probable", "init.lua:8: add(2) + t", "list.lua:14: add(1) end",
                      "main.lua:4: add(1) probable"]),
        ("List.count", ["init.lua:8: count() + ", "list.lua:8: count(item", "list.lua:10: count() en"]),
        ("List.new", ["init.lua:3: new({})"]),
        ("Queue.pop", ["init.lua:8: pop() + q:"]),
        ("total", ["init.lua:4: total", "init.lua:8: total({}) ", "list.lua:8: total(self", "list.lua:15: total }"]),
        ("later", ["list.lua:8: later() en"]),
        ("M.run", ["init.lua:10: run(self) ", "main.lua:2: run(shop.l"]),
        ("M.again", ["main.lua:2: again() en"]),
        ("start", ["main.lua:3: start()"]),
    ],
)  # fmt: skip
def test_uses(make_repository: MakeRepository, what: str, expected: list[str]) -> None:
    assert shown_uses(make_repository(FILES), what, 10) == expected


def test_a_method_is_renamed_where_it_is_meant(make_repository: MakeRepository) -> None:
    root = make_repository(FILES)
    with repoagent.open(root) as repo:
        repo.rename("List.count", "size").apply()
    assert (root / "lua/shop/init.lua").read_text() == FILES["lua/shop/init.lua"].replace("count", "size")
    assert (root / "lua/shop/list.lua").read_text() == FILES["lua/shop/list.lua"].replace("count", "size")
