; Modules of Node, see commonjs.py. Asked only of files in which `require(` or `exports.` stands, see `rare_signs`.

((call_expression function: (identifier) @_require) @required (#eq? @_require "require"))
(assignment_expression left: (member_expression)) @exported
