// Where the TypeScript language service says names are defined, as JSON lines: a sample of the names in a repository.
//
//     node typescript.js NODE_MODULES ROOT N SEED [modules] < paths, one a line
//
// With `modules` a file without imports and exports is a module too, as Node reads it, and no script beside all others.
"use strict";
const [modules, root, n, seed, detection] = process.argv.slice(2);
const path = require("path");
const fs = require("fs");
const ts = require(path.resolve(modules, "typescript"));

const isOfFlow = fs.existsSync(path.join(root, ".flowconfig"));
const files = fs.readFileSync(0, "utf8").split("\n").filter(Boolean).map((each) => path.join(root, each));
const options = {
  allowJs: true, checkJs: false, noEmit: true, skipLibCheck: true, strict: true, jsx: ts.JsxEmit.Preserve,
  target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
  ...configured(),
  ...(detection === "modules" ? { moduleDetection: ts.ModuleDetectionKind.Force } : {}),
};
const host = {
  getScriptFileNames: () => files,
  getScriptVersion: () => "1",
  getScriptSnapshot: (file) => (fs.existsSync(file) ? ts.ScriptSnapshot.fromString(readable(file)) : undefined),
  getCurrentDirectory: () => root,
  getCompilationSettings: () => options,
  getDefaultLibFileName: (each) => ts.getDefaultLibFilePath(each),
  fileExists: ts.sys.fileExists,
  readFile: ts.sys.readFile,
  readDirectory: ts.sys.readDirectory,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
};
const known = new Set(files);
const service = ts.createLanguageService(host);
const program = service.getProgram();
const spots = [];
for (const file of files) {
  const source = program.getSourceFile(file);
  if (source) visit(source, source);
}
const random = generator(Number(seed));
for (let at = spots.length - 1; at > 0; at--) {
  const other = Math.floor(random() * (at + 1));
  [spots[at], spots[other]] = [spots[other], spots[at]];
}
for (const [source, start, name] of spots.slice(0, Number(n))) {
  const definitions = service.getDefinitionAtPosition(source.fileName, start) || [];
  const targets = [], others = [];
  let elsewhere = false;
  for (const each of definitions) {
    if (isOfFlow && isOfLibrary(each.fileName)) continue; // what Flow knows of browsers and Node is not what TypeScript does
    const where = program.getSourceFile(each.fileName);
    const inside = path.relative(root, each.fileName);
    if (!where || inside.startsWith("..") || !known.has(each.fileName)) {
      elsewhere = true;
      continue;
    }
    if (each.kind === ts.ScriptElementKind.moduleElement && each.textSpan.length === where.getEnd() - where.getStart()) {
      others.push([inside, 1, 0]); // a file as a whole
      continue;
    }
    const found = innermost(where, each.textSpan.start);
    const whole = assignedExports(found);
    if (whole) {
      const given = whole.parent.parent.right; // `module.exports = name`: what the name is, too
      if (ts.isIdentifier(given) && definitions.length < 50)
        definitions.push(...(service.getDefinitionAtPosition(each.fileName, given.getStart(where)) || []));
      others.push([inside, 1, 0], [inside, ...position(where, whole.getStart(where))]);
      continue;
    }
    if (isOfNoFile(found)) {
      elsewhere = true;
      continue;
    }
    const isName = ts.isIdentifier(found) && found.getEnd() === each.textSpan.start + each.textSpan.length;
    const node = isName ? found : named(found);
    if (isImported(node)) continue; // of a package that is not installed here: the judge does not know
    const spot = [inside, ...position(where, node.getStart(where) + (ts.isStringLiteral(node) ? 1 : 0))];
    (isLasting(node) ? targets : others).push(spot);
    const holder = holderOf(node);
    if (holder) (isLasting(node) ? targets : others).push([inside, ...position(where, holder)]);
  }
  const own = [path.relative(root, source.fileName), ...position(source, start)];
  console.log(JSON.stringify({ spot: own, name, targets, others, elsewhere: elsewhere || others.length > 0 }));
}

// A file's text; of Flow's without the signs of variance, `+name: string`, at which the parser loses a member.
function readable(file) {
  const text = fs.readFileSync(file, "utf8");
  return isOfFlow && /\.jsx?$/.test(file) ? text.replace(/^(\s*(?:static )?)[+-](?=#?[\w$]+\??: )/gm, "$1 ") : text;
}

function isOfLibrary(file) {
  return path.dirname(file) === path.dirname(ts.getDefaultLibFilePath(options));
}

function configured() {
  const config = path.join(root, "tsconfig.json");
  if (!fs.existsSync(config)) return {};
  const read = ts.readConfigFile(config, ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent(read.config || {}, { ...ts.sys, readDirectory: () => [] }, root);
  const { paths, baseUrl, pathsBasePath } = parsed.options;
  return { paths, baseUrl, pathsBasePath };
}

function visit(node, source) {
  if ((ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) && node.text && node.getStart(source) < node.getEnd()) {
    const named = ts.getNameOfDeclaration(node.parent);
    const isOwn = named === node && !ts.isImportSpecifier(node.parent) && !ts.isExportSpecifier(node.parent)
      && !ts.isShorthandPropertyAssignment(node.parent) && !ts.isPropertyAccessExpression(node.parent)
      && !ts.isImportClause(node.parent) && !ts.isExportAssignment(node.parent) && !ts.isBinaryExpression(node.parent)
      && !ts.isCallExpression(node.parent) && !ts.isPropertyAssignment(node.parent) && !ts.isIdentifier(node.parent)
      && !ts.isElementAccessExpression(node.parent);
    if (node.text === "exports" && /^(module\.)?exports$/.test(node.parent.getText(source))) return;
    if (/^(module\.exports|exports\b)/.test(node.parent.getText(source)) && node.parent.getStart(source) === node.getStart(source)
        && ts.isPropertyAccessExpression(node.parent)) return; // the module itself
    if (!isOwn && !ts.isParameter(node.parent) || (ts.isParameter(node.parent) && node.parent.initializer === node)) {
      spots.push([source, node.getStart(source), node.text]);
    }
  }
  ts.forEachChild(node, (child) => visit(child, source));
}

function innermost(source, start) {
  let found = source;
  const look = (node) => {
    if (node.getStart(source) <= start && start < node.getEnd()) {
      found = node;
      ts.forEachChild(node, look);
    }
  };
  ts.forEachChild(source, look);
  return found;
}

// The name of the variable or property that a function without a name is given to; anything else is itself.
function named(node) {
  let at = node;
  while (at.parent && at.parent.getStart() === node.getStart()) at = at.parent;
  const holder = (ts.isArrowFunction(at) || ts.isFunctionExpression(at)) && at.parent;
  return holder && holder.initializer === at && holder.name ? holder.name : node;
}

// Where the name stands to which a function or class with a name of its own is given, `exports.run = function run() {}`,
// or the word `default` for one without: the same thing.
function holderOf(node) {
  if (!node.parent) return undefined;
  const isUnnamed = (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && !node.name;
  if (ts.isExportAssignment(node) || isUnnamed) {
    const at = node.getText().search(/\bdefault\b/);
    return at < 0 ? undefined : node.getStart() + at;
  }
  const made = ts.isFunctionExpression(node.parent) || ts.isClassExpression(node.parent) ? node.parent : node;
  let at = made;
  while (at.parent && at.parent.getStart() === made.getStart()) at = at.parent;
  if (ts.isExportAssignment(at.parent || at) && (at !== node.parent || !ts.isIdentifier(node))) return at.parent.getText().indexOf("default") + at.parent.getStart();
  const outer = made.parent;
  if (made === node || !outer) return undefined;
  if (ts.isBinaryExpression(outer) && outer.right === made) {
    return ts.isPropertyAccessExpression(outer.left) ? outer.left.name.getStart() : outer.left.getStart();
  }
  return outer.initializer === made && outer.name ? outer.name.getStart() : undefined;
}

// Whether a definition is no more than an assignment to a member of a global that no file here declares, as `process.env = {}`
// where the types of Node are not installed.
function isOfNoFile(found) {
  let access = found.parent;
  if (!ts.isIdentifier(found) || !access || !ts.isPropertyAccessExpression(access)) return false;
  while (ts.isPropertyAccessExpression(access.expression)) access = access.expression;
  const root = access.expression;
  if (!ts.isIdentifier(root) || /^(module|exports)$/.test(root.text)) return false;
  const symbol = program.getTypeChecker().getSymbolAtLocation(root);
  const declared = symbol && symbol.valueDeclaration;
  return !declared || ts.isIdentifier(declared) || ts.isPropertyAccessExpression(declared);
}

// The word `exports` of `module.exports = ...`, where that is what a definition begins with: what the file is as a whole.
function assignedExports(found) {
  const access = found.parent;
  if (!access || !ts.isPropertyAccessExpression(access) || access.getText() !== "module.exports") return undefined;
  const isAssigned = ts.isBinaryExpression(access.parent) && access.parent.left === access;
  return isAssigned ? access.name : undefined;
}

function isImported(name) {
  let parent = name.parent;
  while (parent && (ts.isBindingElement(parent) || ts.isObjectBindingPattern(parent))) parent = parent.parent;
  if (parent && ts.isVariableDeclaration(parent) && parent.initializer && /^require\(/.test(parent.initializer.getText())) return true;
  return parent && (ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isNamespaceImport(parent)
    || ts.isImportEqualsDeclaration(parent));
}

// Whether a definition outlives a call: no parameter, no type parameter, nothing that a function declares for itself.
function isLasting(name) {
  const declaration = name.parent || name;
  if (ts.isTypeParameterDeclaration(declaration)) return false;
  if (ts.isParameter(declaration)) return ts.isParameterPropertyDeclaration(declaration, declaration.parent);
  if (ts.isVariableDeclaration(declaration) || ts.isBindingElement(declaration) || ts.isFunctionDeclaration(declaration)
      || ts.isClassDeclaration(declaration) || ts.isFunctionExpression(declaration) || ts.isTypeAliasDeclaration(declaration)
      || ts.isInterfaceDeclaration(declaration) || ts.isPropertyAssignment(declaration)
      || ts.isShorthandPropertyAssignment(declaration) || ts.isObjectLiteralExpression(declaration.parent || declaration)) {
    for (let at = declaration.parent; at; at = at.parent) {
      if (ts.isFunctionLike(at) || ts.isCatchClause(at)) return false;
      if (ts.isSourceFile(at)) return true;
    }
  }
  return ts.isSourceFile(declaration) ? false : true;
}

function position(source, start) {
  const { line } = source.getLineAndCharacterOfPosition(start);
  const text = source.text.slice(source.getLineStarts()[line], start);
  return [line + 1, [...text].length];
}

function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
