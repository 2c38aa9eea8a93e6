// Lists what Flow's own parser says that files declare: symbols_flow.js NODE_MODULES ROOT < paths
//
// One JSON object a line, by the rule of symbols_typescript.js: functions and types wherever they stand; members of
// classes, of interfaces and of the object types of aliases; functions under a name in an object or assigned to a
// member; variables of a module, but for what `require` gives, which is an import. A file that the parser cannot read, and one without types of Flow, is left out.
"use strict";
const path = require("path");
const fs = require("fs");
const [, , modules, root] = process.argv;
const flow = require(path.join(path.resolve(modules), "flow-parser"));
const NAMED = {
  FunctionDeclaration: "function", ClassDeclaration: "class", TypeAlias: "type", OpaqueType: "type",
  InterfaceDeclaration: "interface", DeclareFunction: "function", DeclareClass: "class", DeclareTypeAlias: "type",
  DeclareOpaqueType: "type", DeclareInterface: "interface", EnumDeclaration: "enum", DeclareModule: "module",
};
const CODE = new Set(["ArrowFunctionExpression", "FunctionExpression", "ClassExpression"]);
const OBJECT_HOLDERS = new Set(["TypeAlias", "InterfaceDeclaration", "DeclareClass", "DeclareTypeAlias", "DeclareInterface"]);
const JOINED = new Set(["UnionTypeAnnotation", "IntersectionTypeAnnotation"]);
const CODE_OR_DECLARED = /^(ArrowFunction|Function|Class)(Expression|Declaration)$/;
const PASSED = new Set(["ObjectTypeAnnotation", "UnionTypeAnnotation", "IntersectionTypeAnnotation"]);

function list(file, text) {
  let tree;
  try {
    tree = flow.parse(text, { types: true, enums: true, esproposal_export_star_as: true, esproposal_decorators: true });
  } catch {
    return; // newer parsers throw
  }
  if (tree.errors.length) return;
  const name = (node) => (/Private/.test(node.type) ? `#${node.name || node.id.name}` : node.type === "Identifier" ? node.name : node.type.endsWith("Literal") ? String(node.value) : "");
  const say = (node, kind) => {
    if (name(node))
      console.log(JSON.stringify({ path: file, name: name(node), line: node.loc.start.line, kind, last: 0, scope: "" }));
  };
  const bound = (node) => {
    if (node.type === "Identifier") say(node, "variable");
    else if (node.type === "ObjectPattern") for (const each of node.properties) bound(each.value || each.argument);
    else if (node.type === "ArrayPattern") for (const each of node.elements) each && bound(each);
    else if (node.left) bound(node.left);
    else if (node.argument) bound(node.argument);
  };
  const isRequired = (value) =>
    value && (value.type === "MemberExpression" ? isRequired(value.object) :
      value.type === "CallExpression" && (value.callee.name === "require" || isRequired(value.callee)));
  const isOfType = (parents) => {
    const at = parents.findLast((each) => !PASSED.has(each.type));
    const [around] = parents.slice(-2);
    const isJoined = around && JOINED.has(around.type) && !parents.some((each) => each.body && CODE_OR_DECLARED.test(each.type));
    return isJoined || (at && OBJECT_HOLDERS.has(at.type));
  };
  function visit(node, parents) {
    if (Array.isArray(node)) return node.forEach((each) => visit(each, parents));
    if (!node || typeof node.type !== "string") return;
    const parent = parents[parents.length - 1];
    if (NAMED[node.type] && node.id) say(node.id, NAMED[node.type]);
    else if (node.type === "MethodDefinition" || node.type === "PropertyDefinition" || node.type === "ClassProperty")
      say(node.key, node.type === "MethodDefinition" ? "method" : "property");
    else if (node.type === "ObjectTypeProperty" && parent && parents.length > 1) {
      if (isOfType(parents)) say(node.key, "property");
    } else if (node.type === "VariableDeclarator" && parent.type !== "DeclareVariable") {
      const around = parents[parents.length - 2];
      const isOfModule = around && (around.type === "Program" || around.type === "ExportNamedDeclaration");
      if (node.init && CODE.has(node.init.type) && node.id.type === "Identifier") say(node.id, "function");
      else if (isOfModule && !isRequired(node.init)) bound(node.id);
    } else if (node.type === "Property" && parent && parent.type === "ObjectExpression" && !node.computed) {
      if (node.value && CODE.has(node.value.type) && node.value.type !== "ClassExpression") say(node.key, "method");
    } else if (node.type === "AssignmentExpression" && node.left.type === "MemberExpression" && !node.left.computed) {
      if (CODE.has(node.right.type) && node.operator === "=") say(node.left.property, "method");
    } else if (node.type === "FunctionExpression" && node.id) {
      if (parent && /^(Call|Return)/.test(parent.type)) say(node.id, "function");
    } else if (node.type === "ExportDefaultDeclaration" && CODE.has(node.declaration.type) && !node.declaration.id) {
      say({ type: "Identifier", name: "default", loc: node.loc }, "function");
    } else if (node.type === "DeclareVariable") {
      for (const each of node.declarations || [node]) say(each.id, "variable"); // newer parsers have several
    }
    for (const key of Object.keys(node)) if (key !== "loc" && key !== "range") visit(node[key], [...parents, node]);
  }
  visit(tree, []);
}

for (const file of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const text = fs.readFileSync(path.join(root, file), "utf8");
  if (text.slice(0, 4096).includes("@flow")) list(file, text);
}
