// What go/types says every name of a repository means, one line a use, tab between:
//
//	path, line, column, name, "target" or "local" or "elsewhere", path, line and column of the definition (or nothing)
//
//	go run go.go ROOT < paths, one a line
//
// Lines count from 1, columns from 0 in bytes. Packages of the repository and of its vendor folders are read from their
// source, those of the standard library too; what else they import is left unknown, as the type checker allows, and so
// is what depends on it. Files for another system or build tag are left out.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// A folder holds the files of one folder, by the name of their package.
type folder struct {
	path  string // the import path, "" for a folder outside of any module
	files map[string][]*ast.File
	tests map[string][]*ast.File
}

type judge struct {
	root     string
	fset     *token.FileSet
	folders  map[string]*folder        // by path relative to the root
	byPath   map[string]*folder        // by import path
	checked  map[string]*types.Package // packages without their tests; nil while they are read
	standard types.Importer
	out      *bufio.Writer
	said     map[string]bool
	// functions holds where the functions of a file begin, behind their names, and end
	functions map[*token.File][][2]token.Pos
}

func main() {
	build.Default.CgoEnabled = false
	root, err := filepath.EvalSymlinks(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fset := token.NewFileSet()
	j := &judge{root, fset, map[string]*folder{}, map[string]*folder{}, map[string]*types.Package{},
		importer.ForCompiler(fset, "source", nil), bufio.NewWriter(os.Stdout), map[string]bool{},
		map[*token.File][][2]token.Pos{}}
	defer j.out.Flush()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		j.add(lines.Text())
	}
	names := make([]string, 0, len(j.folders))
	for name := range j.folders {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		j.name(name, j.folders[name])
	}
	for _, name := range names {
		j.judge(j.folders[name])
	}
}

// add parses a file, if it is for this system.
func (j *judge) add(path string) {
	where, name := filepath.Split(path)
	if fits, err := build.Default.MatchFile(filepath.Join(j.root, where), name); err != nil || !fits {
		return
	}
	file, _ := parser.ParseFile(j.fset, filepath.Join(j.root, path), nil, parser.SkipObjectResolution)
	if file == nil || file.Name == nil {
		return
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch each := node.(type) {
		case *ast.FuncDecl:
			in := j.fset.File(each.Pos())
			j.functions[in] = append(j.functions[in], [2]token.Pos{each.Type.Params.Pos(), each.End()})
		case *ast.FuncLit:
			in := j.fset.File(each.Pos())
			j.functions[in] = append(j.functions[in], [2]token.Pos{each.Pos(), each.End()})
		}
		return true
	})
	where = filepath.Clean(where)
	if j.folders[where] == nil {
		j.folders[where] = &folder{files: map[string][]*ast.File{}, tests: map[string][]*ast.File{}}
	}
	into := j.folders[where].files
	if strings.HasSuffix(name, "_test.go") {
		into = j.folders[where].tests
	}
	into[file.Name.Name] = append(into[file.Name.Name], file)
}

var module = regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)`)

// name finds the import path of a folder: below vendor/, or by the nearest go.mod.
func (j *judge) name(where string, of *folder) {
	if at := strings.LastIndex("/"+where, "/vendor/"); at >= 0 {
		of.path = where[at+len("vendor/"):]
	} else {
		for at := where; ; at = filepath.Dir(at) {
			if text, err := os.ReadFile(filepath.Join(j.root, at, "go.mod")); err == nil {
				if found := module.FindSubmatch(text); found != nil {
					rest, _ := filepath.Rel(at, where)
					of.path = filepath.ToSlash(filepath.Join(string(found[1]), rest))
				}
				break
			}
			if at == "." {
				break
			}
		}
	}
	if of.path != "" {
		j.byPath[of.path] = of
	}
}

// importing is an importer that may see one package with its tests.
type importing struct {
	*judge
	tested *types.Package
}

func (i importing) Import(path string) (*types.Package, error) {
	if i.tested != nil && i.tested.Path() == path {
		return i.tested, nil
	}
	if of := i.byPath[path]; of != nil {
		return i.plain(of)
	}
	if strings.Contains(strings.Split(path, "/")[0], ".") {
		return nil, errors.New("not here")
	}
	return i.standard.Import(path)
}

// plain is a package without its tests.
func (j *judge) plain(of *folder) (*types.Package, error) {
	if found, known := j.checked[of.path]; known {
		if found == nil {
			return nil, errors.New("imports itself")
		}
		return found, nil
	}
	j.checked[of.path] = nil
	for name, files := range of.files {
		if name != "main" || len(of.files) == 1 {
			j.checked[of.path] = j.check(of.path, files, nil, nil)
		}
	}
	if j.checked[of.path] == nil {
		return nil, errors.New("no package")
	}
	return j.checked[of.path], nil
}

func (j *judge) check(path string, files []*ast.File, tested *types.Package, info *types.Info) *types.Package {
	config := types.Config{Importer: importing{j, tested}, Error: func(error) {}, FakeImportC: true}
	found, _ := config.Check(path, j.fset, files, info)
	return found
}

// judge says what the names in the packages of a folder mean, each with its own tests, then tests from outside of it.
func (j *judge) judge(of *folder) {
	var tested *types.Package
	for name, files := range of.files {
		info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
		tested = j.check(of.path, append(append([]*ast.File{}, files...), of.tests[name]...), nil, info)
		j.say(info)
	}
	for name, files := range of.tests {
		if _, known := of.files[name]; !known {
			info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
			j.check(of.path+"_test", files, tested, info)
			j.say(info)
		}
	}
}

func (j *judge) say(info *types.Info) {
	for ident, object := range info.Uses {
		own, here := j.place(ident.Pos())
		if !here || ident.Name == "_" {
			continue
		}
		kind, target := "elsewhere", "\t\t"
		if place, inside := j.place(object.Pos()); inside {
			target, kind = place, "local"
			if _, imported := object.(*types.PkgName); imported {
				kind = "elsewhere"
			} else if lasts(object) && !j.inFunction(object.Pos()) {
				kind = "target"
			}
		}
		line := own + "\t" + ident.Name + "\t" + kind + "\t" + target
		if !j.said[line] {
			j.said[line] = true
			fmt.Fprintln(j.out, line)
		}
	}
}

// lasts says whether something may outlive a call: a function, method or field, what a package declares.
func lasts(object types.Object) bool {
	switch each := object.(type) {
	case *types.Func:
		return true
	case *types.Var:
		if each.IsField() {
			return true
		}
	}
	return object.Pkg() != nil && object.Parent() == object.Pkg().Scope()
}

// inFunction says whether a place stands in the signature or the body of a function.
func (j *judge) inFunction(at token.Pos) bool {
	file := j.fset.File(at)
	for _, each := range j.functions[file] {
		if each[0] <= at && at < each[1] {
			return true
		}
	}
	return false
}

// place is a place as "path, line, column", and whether it stands in the repository.
func (j *judge) place(at token.Pos) (string, bool) {
	if !at.IsValid() {
		return "", false
	}
	where := j.fset.PositionFor(at, false)
	path, err := filepath.Rel(j.root, where.Filename)
	if err != nil || strings.HasPrefix(path, "..") {
		return "", false
	}
	return fmt.Sprintf("%s\t%d\t%d", filepath.ToSlash(path), where.Line, where.Column-1), true
}
