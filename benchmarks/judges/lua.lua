-- What the calls of Lua's functions by Lua's functions were, in the lines that a program ran.
--
--     lua lua.lua ROOT OUT PROGRAM [ARGUMENT ...]
--
-- One row for each: path, line, name, what kind of name, path and line of the function that was called, separated by
-- tabs. A call at the end of a function leaves no caller behind, and is not seen.

local root, out = arg[1], arg[2]
local seen, files = {}, {}

local function whole(source)
  if source:sub(1, 1) ~= "@" then return nil end
  return source:sub(2)
end

local function hook()
  local called = debug.getinfo(2, "Sn")
  if called == nil or called.what ~= "Lua" or called.name == nil then return end
  local caller = debug.getinfo(3, "Sl")
  if caller == nil or caller.what == "C" or caller.currentline < 1 then return end
  local from, to = whole(caller.source), whole(called.source)
  if from == nil or to == nil then return end
  seen[table.concat({ from, caller.currentline, called.name, called.namewhat, to, called.linedefined }, "\t")] = true
end

local create = coroutine.create
coroutine.create = function(f)
  local thread = create(f)
  debug.sethook(thread, hook, "c")
  return thread
end
coroutine.wrap = function(f)
  local thread = coroutine.create(f)
  return function(...)
    local results = table.pack(coroutine.resume(thread, ...))
    if not results[1] then error(results[2], 0) end
    return table.unpack(results, 2, results.n)
  end
end

local function write()
  debug.sethook()
  local file = assert(io.open(out, "a"))
  for row in pairs(seen) do file:write(row, "\n") end
  file:close()
end

local exit = os.exit
os.exit = function(...)
  write()
  exit(...)
end

local program = arg[3]
local given = {}
for i = 4, #arg do given[i - 3] = arg[i] end
given[0] = program
arg = given
debug.sethook(hook, "c")
local chunk = assert(loadfile(program))
local ok, why = pcall(chunk, table.unpack(given))
if not ok then io.stderr:write(tostring(why), "\n") end
write()
