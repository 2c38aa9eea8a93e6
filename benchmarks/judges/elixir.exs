# Where Elixir's compiler says that names are defined, one line a name: path, line, column, name, kind, target path, lines.
#
#     elixir benchmarks/judges/elixir.exs ROOT < paths of .ex files, one a line
#
# A tracer of the compiler is told of every use with its place: https://hexdocs.pm/elixir/Code.html#module-compilation-tracers
# Columns count characters from 1. A file that does not compile (its packages are not at hand) is left out, and the rest
# compiled again; what it defines is unknown.
defmodule Uses do
  def trace({kind, meta, module, name, arity}, env)
      when kind in [:remote_function, :remote_macro, :imported_function, :imported_macro],
      do: add(meta, env, {module, name, arity}, Atom.to_string(name))

  def trace({kind, meta, name, arity}, env) when kind in [:local_function, :local_macro],
    do: add(meta, env, {env.module, name, arity}, Atom.to_string(name))

  def trace({:alias_reference, meta, module}, env), do: add(meta, env, {module}, inspect(module))

  def trace({:on_module, _, _}, env) do
    :ets.insert(:defined, {{env.module}, env.file, [env.line]})

    for {name, arity} <- Module.definitions_in(env.module),
        {:v1, _, meta, clauses} <- [Module.get_definition(env.module, {name, arity})] do
      lines = [meta[:line] | for({at, _, _, _} <- clauses, do: at[:line])]
      for less <- 0..Keyword.get(meta, :defaults, 0), do: :ets.insert(:defined, {{env.module, name, arity - less}, env.file, lines})
    end

    :ok
  end

  def trace(_, _), do: :ok

  defp add(meta, env, what, name) do
    if meta[:column] && !meta[:generated], do: :ets.insert(:uses, {{env.file, meta[:line], meta[:column]}, what, name})
    :ok
  end
end

[root] = System.argv()
for table <- [:uses, :defined], do: :ets.new(table, [:public, :named_table])
Code.compiler_options(tracers: [Uses], parser_options: [columns: true], ignore_module_conflict: true)
paths = IO.read(:stdio, :eof) |> String.split("\n", trim: true) |> Enum.map(&Path.expand(&1, root))

compile = fn compile, paths, turns ->
  case Kernel.ParallelCompiler.compile(paths) do
    {:error, errors, _} when turns > 0 and errors != [] ->
      broken = MapSet.new(errors, &elem(&1, 0))
      IO.puts(:stderr, "left out: #{Enum.join(broken, " ")}")
      compile.(compile, Enum.reject(paths, &(&1 in broken)), turns - 1)

    _ ->
      :ok
  end
end

compile.(compile, paths, 60)
known = Map.new(:ets.tab2list(:defined), fn {what, file, lines} -> {what, {file, Enum.uniq(lines)}} end)

is_known = fn what -> Map.has_key?(known, {elem(what, 0)}) or Code.ensure_loaded?(elem(what, 0)) end

for {{file, line, column}, what, name} <- :ets.tab2list(:uses), String.starts_with?(file, root), is_known.(what) do
  {path, lines} = Map.get(known, what, {"", []})
  target = if String.starts_with?(path, root), do: Path.relative_to(path, root), else: ""
  kind = if target == "", do: "outside", else: "target"
  IO.puts(Enum.join([Path.relative_to(file, root), line, column, name, kind, target, Enum.join(lines, ",")], "\t"))
end
