(function_definition name: (word) @name) @definition.function
(program (declaration_command "readonly" (variable_assignment name: (variable_name) @name)) @definition.constant)
(program (declaration_command "readonly" (variable_name) @name) @definition.constant)
((program (declaration_command ["declare" "typeset"] (word) @_flags (variable_assignment name: (variable_name) @name))
  @definition.constant)
  (#match? @_flags "^-[a-zA-Z]*r"))
(program (declaration_command ["declare" "typeset" "export"] (variable_assignment name: (variable_name) @name))
  @definition.variable)
(program (variable_assignment name: (variable_name) @name) @definition.variable)
((program (command name: (command_name (word) @_alias) argument: [
  (concatenation . (word) @name)
  (word) @name
]) @definition.function)
  (#eq? @_alias "alias"))

(comment) @comment

(command name: (command_name (word) @reference.call))
((command name: (command_name (word) @_runner) argument: (word) @reference.use)
  (#any-of? @_runner "trap" "xargs" "exec" "eval" "command" "run" "time" "timeout" "env" "sudo" "parallel" "unset"))
(simple_expansion (variable_name) @reference.use)
(expansion (variable_name) @reference.use)
(expansion (subscript name: (variable_name) @reference.use))

((command name: (command_name (word) @_source) . argument: (_) @import.module)
  (#any-of? @_source "source" "." "\\source" "\\."))
