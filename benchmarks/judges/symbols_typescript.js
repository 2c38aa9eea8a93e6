// Lists what the TypeScript compiler's own syntax tree declares: symbols_typescript.js NODE_MODULES ROOT < paths
//
// One JSON object a line. Which declarations count is the index's own rule, applied to the compiler's tree: functions
// and types wherever they stand; members of classes, enums, interfaces and of the object types of aliases, unions and
// intersections; functions under a name in an object or assigned to a member; variables of a module or a namespace.
// Not counted: variables and object types inside of functions and blocks, parameters, keys that hold no function.
"use strict";
const path = require("path");
const fs = require("fs");
const [, , modules, root] = process.argv;
const ts = require(path.join(path.resolve(modules), "typescript"));
const K = ts.SyntaxKind;
const KINDS = {
  [K.FunctionDeclaration]: "function", [K.ClassDeclaration]: "class", [K.InterfaceDeclaration]: "interface",
  [K.TypeAliasDeclaration]: "type", [K.EnumDeclaration]: "enum", [K.EnumMember]: "member",
  [K.ModuleDeclaration]: "module", [K.MethodDeclaration]: "method", [K.PropertyDeclaration]: "property",
  [K.GetAccessor]: "property", [K.SetAccessor]: "property",
};

function list(file, text) {
  const script = /\.[jt]sx$/.test(file) ? ts.ScriptKind.TSX : /\.[cm]?js$/.test(file) ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, script);
  const line = (position) => source.getLineAndCharacterOfPosition(position).line + 1;
  const say = (node, kind, scope, name = node.getText(source)) =>
    console.log(JSON.stringify({ path: file, name, line: line(node.getStart(source)), kind, last: 0, scope }));

  function visit(node, isInner, scope) {
    if (KINDS[node.kind]) {
      if (node.name) say(node.name, KINDS[node.kind], scope);
      else if (node.kind === K.FunctionDeclaration || node.kind === K.ClassDeclaration)
        say(keyword(node, K.DefaultKeyword), KINDS[node.kind], scope, "default");
    } else if (node.kind === K.Constructor) {
      say(keyword(node, K.ConstructorKeyword), "constructor", scope, "constructor");
      for (const parameter of node.parameters)
        if (ts.isParameterPropertyDeclaration(parameter, node)) say(parameter.name, "property", scope);
    } else if (ts.isPropertySignature(node) || ts.isMethodSignature(node)) {
      const of = node.parent.parent;
      const isJoined = of && (ts.isUnionTypeNode(of) || ts.isIntersectionTypeNode(of));
      if (ts.isInterfaceDeclaration(node.parent) || (of && ts.isTypeAliasDeclaration(of)) || (isJoined && !isInner))
        say(node.name, "property", scope);
    } else if (ts.isVariableDeclaration(node)) {
      if (isCode(node.initializer) && ts.isIdentifier(node.name)) say(node.name, "function", scope);
      else if (isOfModule(node)) names(node.name, scope);
    } else if (ts.isPropertyAssignment(node)) {
      if (isCode(node.initializer) && !ts.isClassExpression(node.initializer)) say(node.name, "method", scope);
    } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === K.EqualsToken) {
      if (ts.isPropertyAccessExpression(node.left) && isCode(node.right)) say(node.left.name, "method", scope);
    } else if (ts.isFunctionExpression(node) && node.name) {
      if (ts.isCallExpression(node.parent) || ts.isReturnStatement(node.parent)) say(node.name, "function", scope);
    } else if (ts.isExportAssignment(node) && isCode(node.expression)) {
      say(keyword(node, K.DefaultKeyword), "function", scope, "default");
    }
    const inner = isInner || (ts.isFunctionLike(node) && node.body !== undefined);
    ts.forEachChild(node, (child) => visit(child, inner, node.name ? node.name.getText(source) : scope));
  }
  const keyword = (node, kind) => find(node, kind) || node;
  const find = (node, kind) =>
    node.getChildren(source).map((child) =>
      child.kind === kind ? child : child.kind === K.SyntaxList ? find(child, kind) : undefined).find(Boolean);
  const isCode = (value) =>
    value && (ts.isArrowFunction(value) || ts.isFunctionExpression(value) || ts.isClassExpression(value));
  function isOfModule(node) {
    const statement = node.parent.parent;
    return statement && ts.isVariableStatement(statement) &&
      (ts.isSourceFile(statement.parent) || ts.isModuleBlock(statement.parent));
  }
  function names(name, scope) {
    if (ts.isIdentifier(name)) say(name, "variable", scope);
    else for (const element of name.elements) if (element.name) names(element.name, scope);
  }
  visit(source, false, "");
}

for (const file of fs.readFileSync(0, "utf8").split("\n").filter(Boolean))
  list(file, fs.readFileSync(path.join(root, file), "utf8"));
