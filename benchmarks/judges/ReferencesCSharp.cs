// Where Roslyn says that names are defined, one line a name: path, offset, name, kind, then pairs of path and offset.
//
//     dotnet ReferencesCSharp.dll ROOT REFERENCES < paths of .cs and .csproj files, one a line
//
// A project is the .cs files below its .csproj, what that links, and the projects that it refers to. REFERENCES is a
// folder of assemblies that all may use. Packages are not at hand: what depends on them is left out.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

static class ReferencesCSharp {
  static readonly string[] Always = {
    "NETSTANDARD", "NETSTANDARD2_0", "NETSTANDARD2_1", "NETCOREAPP", "NETCOREAPP3_0", "NETCOREAPP3_1", "TRACE",
  };
  static string root;
  static MetadataReference[] assemblies;
  static readonly Dictionary<string, Project> projects = new Dictionary<string, Project>();
  static readonly HashSet<string> said = new HashSet<string>();

  class Project {
    public string Folder;
    public List<string> Files = new List<string>();
    public List<string> Needs = new List<string>();
    public List<string> Defined = new List<string>();
    public CSharpCompilation Compiled;
    public bool IsStarted;
  }

  static void Main(string[] arguments) {
    root = Path.GetFullPath(arguments[0]).TrimEnd('/') + "/";
    assemblies = Directory.GetFiles(arguments[1], "*.dll").Select(path => MetadataReference.CreateFromFile(path)).ToArray();
    var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
    var paths = new List<string>();
    for (string line = input.ReadLine(); line != null; line = input.ReadLine()) paths.Add(root + line);
    foreach (string path in paths.Where(each => each.EndsWith(".csproj"))) Read(path);
    var rest = new Project { Folder = root };
    foreach (string path in paths.Where(each => each.EndsWith(".cs"))) {
      var around = projects.Values.Where(each => path.StartsWith(each.Folder)).OrderBy(each => -each.Folder.Length).ToList();
      foreach (var project in around.TakeWhile(each => each.Folder == around[0].Folder)) project.Files.Add(path);
      if (around.Count == 0) rest.Files.Add(path);
    }
    projects[""] = rest;
    var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
    foreach (var project in projects.Values) {
      var compiled = Compile(project);
      foreach (var tree in compiled.SyntaxTrees) if (said.Add(tree.FilePath)) Say(output, compiled.GetSemanticModel(tree));
    }
    output.Flush();
  }

  static void Read(string path) {
    var project = new Project { Folder = Path.GetDirectoryName(path) + "/" };
    projects[path] = project;
    XDocument manifest;
    try {
      manifest = XDocument.Load(path);
    } catch (System.Xml.XmlException) {
      return;
    }
    foreach (var element in manifest.Descendants()) {
      string kind = element.Name.LocalName, include = (string)element.Attribute("Include") ?? "";
      string condition = (string)element.Attribute("Condition") + (string)element.Parent?.Attribute("Condition");
      string file = Path.GetFullPath(project.Folder + include.Replace('\\', '/'));
      if (kind == "ProjectReference" && include != "") project.Needs.Add(file);
      if (kind == "Compile" && include.EndsWith(".cs") && !include.Contains("*") && File.Exists(file)) project.Files.Add(file);
      if (kind == "DefineConstants" && (condition == "" || condition.Contains("netstandard2.0"))) {
        project.Defined.AddRange(element.Value.Split(';', ',').Select(each => each.Trim()).Where(each => each != "" && each[0] != '$'));
      }
    }
  }

  static CSharpCompilation Compile(Project project) {
    if (project.Compiled != null) return project.Compiled;
    project.IsStarted = true;
    var options = new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.None, SourceCodeKind.Regular, Always.Concat(project.Defined));
    var trees = project.Files.Distinct().Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), options, path));
    var others = Needed(project).Where(each => !each.IsStarted || each.Compiled != null).Distinct().ToList();
    project.Compiled = CSharpCompilation.Create(
        "a" + projects.Values.ToList().IndexOf(project), trees,
        assemblies.Concat(others.Select(each => (MetadataReference)Compile(each).ToMetadataReference())),
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    return project.Compiled;
  }

  // The projects that one refers to, and those that they refer to.
  static IEnumerable<Project> Needed(Project project) {
    var found = new List<Project>();
    var waiting = new Queue<string>(project.Needs);
    while (waiting.Count > 0) {
      if (!projects.TryGetValue(waiting.Dequeue(), out var other) || other == project || found.Contains(other)) continue;
      found.Add(other);
      foreach (string path in other.Needs) waiting.Enqueue(path);
    }
    return found;
  }

  static void Say(TextWriter output, SemanticModel model) {
    foreach (var name in model.SyntaxTree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()) {
      string text = name.Identifier.ValueText;
      if (text == "" || text == "var" || text == "_" || text == "nameof") continue;
      ISymbol symbol = model.GetAliasInfo(name) == null ? model.GetSymbolInfo(name).Symbol : null;
      if (symbol == null || symbol.Kind == SymbolKind.Namespace || symbol.Kind == SymbolKind.ErrorType) continue;
      if (symbol is IMethodSymbol method) {
        symbol = method.ReducedFrom ?? method;
        if (method.MethodKind == MethodKind.Constructor) symbol = method.ContainingType;
      }
      symbol = Nearest(model, name, symbol);
      symbol = symbol.OriginalDefinition;
      bool isLocal = symbol is ILocalSymbol || symbol is IParameterSymbol || symbol is ITypeParameterSymbol
          || symbol is IRangeVariableSymbol || symbol is ILabelSymbol || symbol.ContainingType != null
          && (symbol.ContainingType.IsTupleType || symbol.ContainingType.IsAnonymousType);
      var places = symbol.Locations.Where(each => each.IsInSource).ToList();
      string kind = places.Count == 0 ? "outside" : isLocal ? "local" : "target";
      var at = places.Select(each => "\t" + Below(each.SourceTree.FilePath) + "\t" + each.SourceSpan.Start);
      output.WriteLine(Below(model.SyntaxTree.FilePath) + "\t" + name.Identifier.SpanStart + "\t" + text + "\t" + kind + string.Concat(at));
    }
  }

  // What overrides a member in the type that it is taken from: the compiler names the member that is overridden.
  static ISymbol Nearest(SemanticModel model, SimpleNameSyntax name, ISymbol symbol) {
    if (!symbol.IsVirtual && !symbol.IsAbstract && !symbol.IsOverride) return symbol;
    var access = name.Parent as MemberAccessExpressionSyntax;
    ITypeSymbol type = access != null && access.Name == name
        ? model.GetTypeInfo(access.Expression).Type : model.GetEnclosingSymbol(name.SpanStart)?.ContainingType;
    for (; type != null && !SymbolEqualityComparer.Default.Equals(type, symbol.ContainingType); type = type.BaseType) {
      foreach (ISymbol member in type.GetMembers(symbol.Name)) {
        for (ISymbol other = member; other != null; other = Overridden(other)) {
          if (SymbolEqualityComparer.Default.Equals(other.OriginalDefinition, symbol.OriginalDefinition)) return member;
        }
      }
    }
    return symbol;
  }

  static ISymbol Overridden(ISymbol member) => member switch {
    IMethodSymbol method => method.OverriddenMethod,
    IPropertySymbol property => property.OverriddenProperty,
    IEventSymbol occasion => occasion.OverriddenEvent,
    _ => null,
  };

  static string Below(string path) => path.StartsWith(root) ? path.Substring(root.Length) : path;
}
