; Nodes that are told by their fields or their place are written as `_`: each other one with children takes its time.
((call target: (identifier) @_kind (_ . (alias) @name) (do_block) @body) @definition.module
  (#eq? @_kind "defmodule"))
((call target: (identifier) @_kind (_ . (alias) @name) (do_block) @body) @definition.protocol
  (#eq? @_kind "defprotocol"))
((call target: (identifier) @_kind (_ . (alias) @receiver (keywords (_ value: (alias) @name))) (do_block) @body)
  @definition.instance
  (#eq? @_kind "defimpl"))
((call target: (identifier) @_kind (_ . (alias) @name .) (do_block) @body) @definition.instance
  (#eq? @_kind "defimpl"))
((call target: (identifier) @_kind (arguments . [
  (_ target: (identifier) @name (arguments) @arity)
  (_ left: (_ target: (identifier) @name (arguments) @arity) operator: "when")
  (_ target: (identifier) @name)
  (identifier) @name
  (_ left: [(_ target: (identifier) @name) (identifier) @name] operator: "when")
])) @definition.function @clause
  (#any-of? @_kind "def" "defp" "defdelegate" "defn" "defnp"))
((call target: (identifier) @_kind (arguments . [
  (_ target: (identifier) @name (arguments) @arity)
  (_ left: (_ target: (identifier) @name (arguments) @arity) operator: "when")
  (identifier) @name
])) @definition.macro @clause
  (#any-of? @_kind "defmacro" "defmacrop" "defguard" "defguardp"))
((call target: (identifier) @_kind (arguments . (binary_operator left: (_) operator: _ @name right: (_)))) @definition.operator
  (#any-of? @_kind "def" "defp" "defmacro" "defmacrop") (#not-eq? @name "when"))
((call target: (_) @_kind (arguments . (atom) @name)) @definition.macro
  (#any-of? @_kind "Record.defrecord" "Record.defrecordp" "defrecord" "defrecordp"))
((call target: (identifier) @name (arguments)) @definition.struct (#any-of? @name "defstruct" "defexception"))
((call target: (identifier) @_kind (arguments [
  (list (atom) @name)
  (list (keywords (_ key: (keyword) @name)))
  (keywords (_ key: (keyword) @name))
])) @definition.field
  (#any-of? @_kind "defstruct" "defexception"))
((unary_operator operand: (_ target: (identifier) @_kind (_ (binary_operator
  left: [(identifier) @name (_ target: (identifier) @name)])))) @definition.type
  (#any-of? @_kind "type" "typep" "opaque"))
((unary_operator operand: (_ target: (identifier) @_kind (_ (binary_operator
  left: [(identifier) @name (_ target: (identifier) @name)])))) @definition.function
  (#any-of? @_kind "callback" "macrocallback"))
((unary_operator operand: (_ target: (identifier) @name (arguments))) @definition.constant @placed
  (#not-match? @name "^(after_compile|before_compile|behaviour|callback|compile|deprecated|derive|describetag|dialyzer|doc|enforce_keys|external_resource|fallback_to_any|impl|macrocallback|moduledoc|moduletag|on_load|opaque|optional_callbacks|since|spec|tag|type|typedoc|typep)$"))
((call target: (identifier) @_kind (_ . (string (quoted_content) @name)) (do_block) @body) @definition.test
  (#any-of? @_kind "test" "describe"))

((unary_operator operand: (_ target: (identifier) @_kind)) @prefix
  (#any-of? @_kind "spec" "impl" "deprecated"))
((unary_operator operand: (_ target: (identifier) @_kind (arguments [(string) (sigil)] @doc)))
  (#eq? @_kind "moduledoc"))
((unary_operator operand: (_ target: (identifier) @_kind (arguments [(string) (sigil)] @doc.next)))
  (#any-of? @_kind "doc" "typedoc"))
(comment) @comment

((call target: (identifier) @reference.call)
  (#not-match? @reference.call "^(def.*|alias|import|require|use|after_compile|before_compile|behaviour|callback|compile|deprecated|derive|describetag|dialyzer|doc|enforce_keys|external_resource|fallback_to_any|impl|macrocallback|moduledoc|moduletag|on_load|opaque|optional_callbacks|since|spec|tag|type|typedoc|typep)$"))
(call target: (_ right: (identifier) @reference.call))
(alias) @reference.type
(unary_operator operand: (binary_operator left: (identifier) @reference.use))
(unary_operator operand: (binary_operator left: (_ target: (_ right: (identifier) @reference.call))))
(unary_operator operand: (identifier) @reference.use)
(binary_operator operator: "|>" right: (identifier) @reference.call)
(arguments (identifier) @reference.use)

((call target: (identifier) @_kind (arguments . (alias) @import.path .)) (#eq? @_kind "alias"))
((call target: (identifier) @_kind
  (arguments . (alias) @import.path (keywords (_ key: (keyword) value: (alias) @import.alias))))
  (#eq? @_kind "alias"))
((call target: (identifier) @_kind (arguments . (_ left: (alias) @import.module right: (tuple (alias) @import.name))))
  (#any-of? @_kind "alias" "import" "require" "use"))
((call target: (identifier) @_kind (arguments . (alias) @import.module)) (#any-of? @_kind "import" "require" "use"))
