#!/usr/bin/env lua
--- A queue.
-- It keeps what it is given.
local Queue = {}
Queue.__index = Queue

local LIMIT <const>, size = 10, 0
local log = require("lib.log")
local format = require "string".format
local a, b = require("one"), require("two")
VERSION = "1.0"
VERSION = "1.1"
local later

--[[ Makes a queue.
Takes the items. ]]
function Queue.new(items, ...)
  local self = setmetatable({}, Queue)
  self.items = items or {}
  return self
end

-- Adds one.
function Queue:push(item)
  table.insert(self.items, item)
  log.info("pushed", item)
  return self
end

function Queue.inner.deep.call() end

Queue.pop = function(self)
  return table.remove(self.items)
end

local function helper(x) return x + LIMIT end

local each = function(queue, callback)
  for _, item in ipairs(queue.items) do
    local function visit(value) callback(value) end
    visit(item)
  end
end

function global_one() return helper(1) end

local handlers = {
  start = function(name) return name end,
  ["stop"] = function() end,
  count = 3,
  push = Queue.push,
}

Queue.DEFAULT = Queue.new({ 1, 2 }, helper)
handlers.extra = function() return each end
Queue.new():push(LIMIT):push(size)
größe = 3

return setmetatable(Queue, { __call = function(_, ...) return Queue.new(...) end })

function broken(
