(header module: (module) @name) @definition.module @reach
(function name: (variable) @name match: (match) @body) @definition.function @clause
(function name: (prefix_id (operator) @name) match: (match) @body) @definition.function @clause
(function (infix operator: (operator) @name) match: (match) @body) @definition.function @clause
(function (infix operator: (infix_id (variable) @name)) match: (match) @body) @definition.function @clause
(declarations (bind name: (variable) @name match: (match) @body) @definition.function @clause)
(declarations (bind pattern: (_ (variable) @name) match: (match) @body) @definition.function)
(instance_declarations (bind name: (variable) @name match: (match) @body) @definition.function @clause)
(class_declarations (bind name: (variable) @name match: (match) @body) @definition.function @clause)
(declarations (signature name: (variable) @name) @definition.function @header @clause)
(declarations (signature name: (prefix_id (operator) @name)) @definition.function @header @clause)
(class_declarations (signature name: (variable) @name) @definition.function @header @clause)
(class_declarations (signature name: (prefix_id (operator) @name)) @definition.function @header @clause)
(class_declarations (signature names: (binding_list [(variable) @name (prefix_id (operator) @name)])) @definition.function @header)
(instance_declarations (signature name: (variable) @name) @definition.function @header @clause)
(foreign_import signature: (signature name: (variable) @name)) @definition.function
(class name: (_) @name declarations: (_)? @body) @definition.class
(instance name: (_) @name patterns: (_) @receiver declarations: (_)? @body) @definition.instance
(data_type) @definition.type
(newtype) @definition.type
(type_synonym) @definition.type
(type_family) @definition.type
(data_family) @definition.type
(type_synonym (infix operator: (_) @name)) @definition.type
(data_type (infix operator: (_) @name)) @definition.type
(type_family (infix operator: (_) @name)) @definition.type
(class (infix operator: (_) @name) declarations: (_)? @body) @definition.class
(data_constructor (prefix name: (constructor) @name)) @definition.constructor
(data_constructor (record name: (constructor) @name)) @definition.constructor
(data_constructor (infix operator: (constructor_operator) @name)) @definition.constructor
(newtype_constructor name: (constructor) @name) @definition.constructor
(gadt_constructor name: (constructor) @name) @definition.constructor
(field name: (field_name (variable) @name)) @definition.field
(pattern_synonym) @bound

(comment) @comment
(haddock) @comment

(apply function: (variable) @reference.call)
(qualified id: (variable) @reference.call)
(infix_id (variable) @reference.call)
(variable) @reference.use
(operator) @reference.use
(name) @reference.type
(constructor) @reference.type

(import module: (module) @import.module alias: (module)? @import.alias)
(import module: (module) @import.module names: (import_list name: (import_name variable: (variable) @import.name)))
(import module: (module) @import.module names: (import_list name: (import_name type: (name) @import.name)))
