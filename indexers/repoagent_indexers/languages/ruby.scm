(module name: (_) @name) @definition.module
(class name: (_) @name) @definition.class
(singleton_class value: (constant) @name) @scope
(method name: (_) @name) @definition.function
(singleton_method object: (self) name: (_) @name) @definition.method
(singleton_method object: [(constant) (identifier)] @receiver name: (_) @name) @definition.method
(alias name: (_) @name) @definition.method
((call !receiver method: (identifier) @_maker arguments: (argument_list (simple_symbol) @name)) @definition.property
  (#any-of? @_maker "attr_accessor" "attr_reader" "attr_writer" "attr" "cattr_accessor" "mattr_accessor" "class_attribute"))
((call !receiver method: (identifier) @_maker arguments: (argument_list (string (string_content) @name))) @definition.property
  (#any-of? @_maker "attr_accessor" "attr_reader" "attr_writer"))
((call !receiver method: (identifier) @_maker
  arguments: (argument_list . [(simple_symbol) @name (string (string_content) @name)]) block: (_)? @body) @definition.method
  (#any-of? @_maker "define_method" "alias_method" "define_singleton_method" "scope"))
((assignment left: (constant) @name right: (call receiver: (constant) @_maker method: (identifier) @_new
  arguments: (_)? block: (_) @body)) @definition.class
  (#any-of? @_maker "Struct" "Class" "Module" "Data") (#any-of? @_new "new" "define"))
((assignment left: (constant) @name right: (call receiver: (constant) @_maker method: (identifier) @_new)) @definition.class
  (#any-of? @_maker "Struct" "Class" "Module" "Data") (#any-of? @_new "new" "define"))
(assignment left: (constant) @name) @definition.constant
(operator_assignment left: (constant) @name) @definition.constant
(assignment left: (scope_resolution) @name) @definition.constant
(assignment left: (left_assignment_list (constant) @name)) @definition.constant
(program (assignment left: (global_variable) @name) @definition.variable)
(body_statement (assignment left: (class_variable) @name) @definition.field @outer)

(comment) @comment

(call method: [(identifier) (constant)] @reference.call)
(constant) @reference.type
(argument_list (identifier) @reference.use)
(body_statement (identifier) @reference.use)
(call receiver: (identifier) @reference.use)
(assignment right: (identifier) @reference.use)
(pair value: (identifier) @reference.use)
(block_argument (simple_symbol) @reference.use)
(argument_list (simple_symbol) @reference.use)

((call !receiver method: (identifier) @_require arguments: (argument_list . (string (string_content) @import.module)))
  (#any-of? @_require "require" "require_relative" "load" "require_dependency"))
((call !receiver method: (identifier) @_require
  arguments: (argument_list . (simple_symbol) @import.name (string (string_content) @import.module)))
  (#eq? @_require "autoload"))
