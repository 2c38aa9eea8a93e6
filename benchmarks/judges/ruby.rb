# Where Ruby itself finds what is called and named, one line a target: path, line, 0-based column in bytes, name,
# path and line of a definition in the repository (both empty for one outside of it).
#
#     RUBYOPT=-r/…/benchmarks/judges/ruby.rb REFERENCES_ROOT=ROOT REFERENCES_OUT=FOLDER ruby -Ilib -Itest a_test.rb
#
# Calls are seen as they are made, by a TracePoint: of each line that ran, what its calls of a name meant. Constants are
# looked up when the program ends, in the modules around each place. Names are those that the repository defines.
root = File.realpath(ENV.fetch("REFERENCES_ROOT")) + "/"
folder = ENV.fetch("REFERENCES_OUT")

module RepoagentReferences
  AST = RubyVM::AbstractSyntaxTree
  DEFINING = /\bdef\s+(?:[\w.]+\.)?([a-z_]\w*[?!=]?)|\b(?:c|m)?attr(?:_\w+|ibute)?\b(.*)|define_method[ (]+:(\w+[?!=]?)/
  OPENED = Hash.new { |known, opened| known[opened] = [] }.compare_by_identity
  CALLS = %i[CALL QCALL FCALL VCALL ATTRASGN].freeze

  module_function

  def names(paths)
    paths.each_with_object({ initialize: true }) do |path, found|
      File.binread(path).scan(DEFINING) do |name, listed, made|
        found[(name || made).to_sym] = true if name || made
        listed&.scan(/:(\w+)/) { |(each)| found[each.to_sym] = found[:"#{each}="] = true }
      end
    end
  end

  # The place of the name in the node of a call, or nil where the node is of another.
  def spot(location, name, lines)
    node = AST.of(location)
    node = node.children[0] while node && %i[ITER BLOCK_PASS].include?(node.type)
    return unless node && CALLS.include?(node.type)
    said = node.children[%i[FCALL VCALL].include?(node.type) ? 0 : 1]
    return unless said == name || (name == :initialize && said == :new)
    receiver = %i[FCALL VCALL].include?(node.type) ? nil : node.children[0]
    line, column = receiver ? [receiver.last_lineno, receiver.last_column] : [node.first_lineno, node.first_column]
    word = /(?<![\w@$:])#{Regexp.escape(said.to_s.delete_suffix("="))}(?!\w)/n
    (line..[line + 3, node.last_lineno].min).each do |at|
      begins = at == line ? column : 0
      found = (lines[at - 1] || "").b.index(word, begins)
      return [at, found, said] if found
    end
    nil
  rescue ArgumentError, SyntaxError, TypeError
    nil
  end

  # -- constants --

  def constants(path, &found)
    walk(AST.parse_file(path), [Object], &found)
  rescue StandardError, ScriptError => error
    warn "#{path}: #{error.class}"
  end

  def walk(node, nesting, &found)
    return unless node.is_a?(AST::Node)
    case node.type
    when :CLASS, :MODULE
      name, *rest, body = node.children
      walk(name.children[0], nesting, &found) if name.type == :COLON2 && name.children[0]
      rest.each { |each| walk(each, nesting, &found) }
      opened = value(name, nesting, own: true)
      walk(body, [opened, *nesting], &found) if opened.is_a?(Module)
      return
    when :CONST then place = located(nesting, node.children[0])
    when :COLON2
      if node.children[1].match?(/\A[A-Z]/) && (outer = value(node.children[0], nesting)).is_a?(Module)
        place = location(outer, node.children[1])
      end
    when :COLON3 then place = location(Object, node.children[0])
    end
    yield node, node.children.grep(Symbol).last, place if place
    node.children.each { |each| walk(each, nesting, &found) }
  end

  def value(node, nesting, own: false)
    case node&.type
    when :CONST
      holder = holder(nesting, node.children[0])
      holder&.const_get(node.children[0])
    when :COLON2
      return own ? nesting[0].const_get(node.children[1], nesting[0] == Object) : nil if node.children[0].nil?
      outer = value(node.children[0], nesting)
      outer.const_get(node.children[1]) if outer.is_a?(Module) && outer.const_defined?(node.children[1])
    when :COLON3 then Object.const_get(node.children[0])
    end
  rescue NameError, LoadError
    nil
  end

  def holder(nesting, name)
    around = nesting[0...-1].find { |each| each.const_defined?(name, false) }
    around || (nesting[0] if nesting[0].const_defined?(name)) || (Object if Object.const_defined?(name))
  end

  def located(nesting, name)
    holder = holder(nesting, name)
    location(holder, name) if holder
  end

  # All places that open a module; of another constant where it is assigned.
  def location(holder, name)
    return unless holder.const_defined?(name)
    value = holder.const_get(name)
    [*(OPENED[value] if value.is_a?(Module)), holder.const_source_location(name)].uniq
  rescue NameError, LoadError, StandardError
    nil
  end
end

paths = Dir.chdir(root) { Dir.glob("**/{*.{rb,rake,thor,gemspec,ru},Rakefile,Thorfile}") }.map { |path| root + path }.select { |path| File.file?(path) }
known = paths.to_h { |path| [path, true] }
names = RepoagentReferences.names(paths)
seen = {} # [path, line, name] -> { [target path, target line] => location }
main = Process.pid

note = lambda do |trace, path, line, n_frames|
  next if trace.callee_id != trace.method_id # by another name, of which Ruby does not keep the place
  from, around = caller_locations(n_frames, 2)
  from = around if trace.method_id == :initialize && from&.label == "new"
  at = File.absolute_path(from.path) if from&.path
  next unless known[at]
  path &&= File.absolute_path(path)
  (seen[[at, from.lineno, trace.callee_id]] ||= {})[known[path] ? [path, line] : [nil, nil]] ||= from
end
calls = TracePoint.new(:call) { |trace| note.call(trace, trace.path, trace.lineno, 3) if names[trace.callee_id] }
accessors = TracePoint.new(:c_call) do |trace|
  next unless names[trace.callee_id] && !%i[new initialize].include?(trace.callee_id)
  path, line = (trace.defined_class.instance_method(trace.method_id).source_location rescue nil)
  note.call(trace, path, line, 2) # a frame of its own it does not have yet
end
openings = TracePoint.new(:class) { |trace| RepoagentReferences::OPENED[trace.self] |= [[trace.path, trace.lineno]] }

at_exit do
  [calls, accessors, openings].each(&:disable)
  next unless Process.pid == main
  texts = Hash.new { |known, path| known[path] = File.readlines(path) }
  File.open(File.join(folder, "#{Process.pid}.tsv"), "w") do |out|
    say = lambda do |path, at, column, name, target, line|
      target &&= File.absolute_path(target)
      place = known[target] ? [target.delete_prefix(root), line] : ["", ""]
      out.puts [path.delete_prefix(root), at, column, name, *place].join("\t")
    end
    seen.each do |(path, _, name), targets|
      targets.each do |(target, line), location|
        at, column, said = RepoagentReferences.spot(location, name, texts[path])
        say.call(path, at, column, said, target, line) if at
      end
    end
    paths.each do |path|
      RepoagentReferences.constants(path) do |node, name, places|
        column = node.last_column - name.to_s.bytesize
        inside = places.select { |target, _| target && known[File.absolute_path(target)] }
        (inside.empty? ? places.first(1) : inside).each do |target, line|
          say.call(path, node.last_lineno, column, name, target, line)
        end
      end
    end
  end
end
[calls, accessors, openings].each(&:enable)
