// Where javac says that names are defined, one line a name: path, offset, name, target path, target offset.
//
//     java --add-modules jdk.compiler benchmarks/judges/ReferencesJava.java ROOT < paths of .java files, one a line
//
// Classes that are not at hand (dependencies) are errors to javac; what it cannot attribute is left out.
import com.sun.source.tree.*;
import com.sun.source.util.*;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import javax.lang.model.element.*;
import javax.tools.*;

public class ReferencesJava {
  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments[0]).toRealPath();
    List<File> files = new ArrayList<>();
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.endsWith("module-info.java") && !line.endsWith("package-info.java")) files.add(root.resolve(line).toFile());
      }
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8);
    JavacTask task = (JavacTask) compiler.getTask(
        new PrintWriter(Writer.nullWriter()), manager, problem -> {}, List.of("-proc:none", "-Xmaxerrs", "1000000"), null,
        manager.getJavaFileObjectsFromFiles(files));
    Iterable<? extends CompilationUnitTree> units = task.parse();
    task.analyze();
    Trees trees = Trees.instance(task);
    PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false, "UTF-8");
    for (CompilationUnitTree unit : units) new Reader(root, trees, unit, out).scan(unit, null);
    out.flush();
  }

  static class Reader extends TreePathScanner<Void, Void> {
    final Path root;
    final Trees trees;
    final CompilationUnitTree unit;
    final PrintStream out;
    final String text;

    Reader(Path root, Trees trees, CompilationUnitTree unit, PrintStream out) throws IOException {
      this.root = root;
      this.trees = trees;
      this.unit = unit;
      this.out = out;
      this.text = unit.getSourceFile().getCharContent(true).toString();
    }

    @Override public Void visitIdentifier(IdentifierTree node, Void none) {
      say(node.getName().toString(), trees.getSourcePositions().getStartPosition(unit, node));
      return super.visitIdentifier(node, none);
    }

    @Override public Void visitMemberSelect(MemberSelectTree node, Void none) {
      String name = node.getIdentifier().toString();
      say(name, trees.getSourcePositions().getEndPosition(unit, node) - name.length());
      return super.visitMemberSelect(node, none);
    }

    @Override public Void visitMemberReference(MemberReferenceTree node, Void none) {
      String name = node.getName().toString();
      say(name, trees.getSourcePositions().getEndPosition(unit, node) - name.length());
      return super.visitMemberReference(node, none);
    }

    void say(String name, long start) {
      if (start < 0 || !text.startsWith(name, (int) start) || name.equals("this") || name.equals("super")) return;
      Element element = trees.getElement(getCurrentPath());
      if (element == null || element.getKind() == ElementKind.PACKAGE || element.asType().getKind().toString().equals("ERROR")) return;
      boolean isLocal = switch (element.getKind()) {
        case LOCAL_VARIABLE, PARAMETER, EXCEPTION_PARAMETER, RESOURCE_VARIABLE, BINDING_VARIABLE, TYPE_PARAMETER -> true;
        default -> false;
      };
      TreePath target = trees.getPath(element);
      if (element.getKind() == ElementKind.CONSTRUCTOR) return;
      if (target == null) {
        print(name, start, isLocal ? "local" : "outside", "", -1);
        return;
      }
      CompilationUnitTree where = target.getCompilationUnit();
      String own = element.getSimpleName().toString();
      try {
        String source = where.getSourceFile().getCharContent(true).toString();
        int at = (int) trees.getSourcePositions().getStartPosition(where, target.getLeaf());
        print(name, start, isLocal ? "local" : "target", path(where), named(source, at, own, element));
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }

    // Where a declaration's own name stands: behind its annotations, modifiers and types.
    static int named(String source, int at, String name, Element element) {
      String behind = switch (element.getKind()) {
        case METHOD -> "\\s*\\(";
        case CLASS, INTERFACE, ENUM, RECORD, ANNOTATION_TYPE, TYPE_PARAMETER -> "\\b";
        default -> "\\s*(?:[=;,:)\\[({}]|$)";
      };
      String before = element.getKind().isClass() || element.getKind().isInterface()
          ? "(?:class|interface|enum|record)\\s+" : "\\b";
      var found = java.util.regex.Pattern.compile(before + "(" + java.util.regex.Pattern.quote(name) + ")" + behind).matcher(source);
      return found.find(at) ? found.start(1) : at;
    }

    String path(CompilationUnitTree where) {
      return root.relativize(Path.of(where.getSourceFile().toUri())).toString().replace('\\', '/');
    }

    void print(String name, long start, String kind, String path, int at) {
      out.println(path(unit) + "\t" + start + "\t" + name + "\t" + kind + "\t" + path + "\t" + at);
    }
  }
}
