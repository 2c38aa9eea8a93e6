(module) @definition.module
(class) @definition.class
(singleton_class value: (constant) @name) @scope
(method) @definition.function
(singleton_method object: (_) @receiver name: (_) @name) @definition.method
(alias) @definition.method
(operator_assignment left: (constant) @name) @definition.constant
(assignment left: (left_assignment_list (constant) @name)) @definition.constant
(assignment left: [(constant) (scope_resolution) (global_variable) (class_variable)] @name) @assigned
((call !receiver method: (identifier) @_maker) @made
  (#any-of? @_maker "attr_accessor" "attr_reader" "attr_writer" "attr" "cattr_accessor" "mattr_accessor" "class_attribute"
    "define_method" "alias_method" "define_singleton_method" "scope"
    "require" "require_relative" "load" "require_dependency" "autoload"))

(comment) @comment

(call method: [(identifier) (constant)] @reference.call)
(constant) @reference.type
(argument_list [(identifier) (simple_symbol)] @reference.use)
(body_statement (identifier) @reference.use)
(call receiver: (identifier) @reference.use)
(assignment right: (identifier) @reference.use)
(pair value: (identifier) @reference.use)
(block_argument (simple_symbol) @reference.use)
