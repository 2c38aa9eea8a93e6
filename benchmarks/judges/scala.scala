// Where Scala's own compiler says that names are defined, one line a name: path, offset, name, kind, then target path and offset of each.
//
//     java -cp JARS scala.tools.nsc.MainGenericRunner -usejavacp -nc benchmarks/judges/scala.scala ROOT < paths, one a line
//
// JARS are those of Scala 2.13's compiler (PyPI: pyspark has them), with any libraries. Files that its parser cannot read,
// such as those of Scala 3, are left out; packages that are not at hand are errors to it, and what they hide is left out.
import java.io.{FileDescriptor, FileOutputStream, PrintStream}
import scala.collection.mutable
import scala.reflect.internal.util.{BatchSourceFile, Position}
import scala.reflect.io.AbstractFile
import scala.tools.nsc.{Global, Settings}
import scala.tools.nsc.reporters.FilteringReporter

/** Never gives up: an error in one file hides nothing in the others. */
class Patient(override val settings: Settings) extends FilteringReporter {
  val broken = mutable.Set[String]()
  var parsing = true
  override def hasErrors: Boolean = false
  override def doReport(pos: Position, msg: String, severity: Severity, actions: List[scala.reflect.internal.util.CodeAction]): Unit =
    if (parsing && severity == ERROR && pos.isDefined) broken += pos.source.file.path
}

object ReferencesScala {
  def main(arguments: Array[String]): Unit = {
    val root = java.nio.file.Path.of(arguments(0)).toRealPath()
    val out = new PrintStream(new java.io.BufferedOutputStream(new FileOutputStream(FileDescriptor.out)), false, "UTF-8")
    val paths = scala.io.Source.stdin.getLines().filter(_.nonEmpty).map(root.resolve(_).toString).toList
    val settings = new Settings(_ => ())
    settings.usejavacp.value = true
    settings.processArguments(
      List("-Yrangepos", "-Xsource:3", "-Ymacro-expand:none", "-language:_", "-Ystop-after:typer", "-nowarn"), processAll = true)
    val reporter = new Patient(settings)
    val global = new Global(settings, reporter)
    import global._

    val run = new Run
    val sources = paths.map(path => new BatchSourceFile(AbstractFile.getFile(path)))
    for (source <- sources if source.path.endsWith(".scala"))
      newUnitParser(new CompilationUnit(source)).parse()
    reporter.parsing = false
    run.compileSources(sources.filterNot(source => reporter.broken(source.file.path)))
    System.err.println(s"${sources.size} files, ${reporter.broken.size} of them unreadable")

    def written(source: String, start: Int, name: String): Int = {
      val at = if (source.startsWith("`", start)) start + 1 else start
      val end = at + name.length
      val isWhole = end >= source.length || !name.last.isUnicodeIdentifierPart || !source(end).isUnicodeIdentifierPart
      if (at >= 0 && source.startsWith(name, at) && isWhole) start else -1
    }

    def place(symbol: Symbol): Option[(String, Int)] = {
      val name = symbol.name.dropLocal.decode
      if (!symbol.pos.isDefined || symbol.pos.source.file == null) None
      else {
        val text = new String(symbol.pos.source.content)
        val start = Seq(name, name.stripSuffix("_=")).map(written(text, symbol.pos.point, _)).find(_ >= 0)
        start.map(at => (root.relativize(java.nio.file.Path.of(symbol.pos.source.file.path)).toString, at))
      }
    }

    def isLocal(symbol: Symbol): Boolean =
      symbol.isParameter || !symbol.owner.isClass && !symbol.owner.isPackage || symbol.isLocalToBlock ||
        symbol.isParamAccessor && symbol.isPrivateThis && !symbol.isCaseAccessor

    def isOurs(symbol: Symbol): Boolean =
      symbol.pos.isDefined && symbol.pos.source.file != null && symbol.pos.source.file.path.startsWith(root.toString)

    val said = mutable.LinkedHashMap[(String, Int), (String, mutable.LinkedHashSet[Symbol])]()

    def say(unit: CompilationUnit, point: Int, symbols: Symbol*): Unit =
      for (symbol <- symbols if symbol != null && symbol != NoSymbol && !symbol.isError && !symbol.hasPackageFlag && !symbol.isOverloaded) {
        val name = symbol.name.dropLocal.decode
        val text = new String(unit.source.content)
        val seen = Seq(name, name.stripSuffix("_=")).filter(_.nonEmpty).find(written(text, point, _) >= 0)
        for (each <- seen) {
          val file = root.relativize(java.nio.file.Path.of(unit.source.file.path)).toString
          said.getOrElseUpdate((file, written(text, point, each)), (each, mutable.LinkedHashSet()))._2 += symbol
        }
      }

    class Names(unit: CompilationUnit) extends Traverser {
      override def traverse(tree: Tree): Unit = {
        tree match {
          case Apply(maker @ Select(made, nme.apply | nme.unapply | nme.unapplySeq), _) if !isThere(maker) => make(made)
          case TypeApply(maker @ Select(made, nme.apply), _) if !isThere(maker) => make(made)
          case _ =>
        }
        tree match {
          case name: Ident if name.pos.isDefined => say(unit, name.pos.point, name.symbol)
          case name: Select if name.pos.isDefined => say(unit, name.pos.point, name.symbol)
          case name: SelectFromTypeTree if name.pos.isDefined => say(unit, name.pos.point, name.symbol)
          case kind: TypeTree if kind.original != null => traverse(kind.original)
          case Import(from, selectors) if from.tpe != null && !from.tpe.isError =>
            for (each <- selectors if each.name != nme.WILDCARD && each.namePos >= 0)
              say(unit, each.namePos, from.tpe.member(each.name.toTermName).alternatives ++ from.tpe.member(each.name.toTypeName).alternatives: _*)
          case member: MemberDef if member.symbol != null && member.symbol != NoSymbol =>
            for (note <- member.symbol.annotations if note.original != null) traverse(note.original)
          case _ =>
        }
        super.traverse(tree)
      }

      private def isThere(name: Select): Boolean =
        name.pos.isDefined && written(new String(unit.source.content), name.pos.point, name.symbol.name.decode) >= 0

      /** `Name(...)` means the object and the class. */
      private def make(made: Tree): Unit =
        if (made.pos.isDefined && made.symbol != null && made.symbol.isModule && made.symbol.companionClass.isCase)
          say(unit, made.pos.point, made.symbol, made.symbol.companionClass)
    }

    for (unit <- run.units if !unit.isJava) new Names(unit).traverse(unit.body)
    for (((path, start), (name, symbols)) <- said) {
      val (ours, others) = symbols.toList.partition(isOurs)
      val places = ours.flatMap(place).distinct.filter(_ != ((path, start)))
      if (places.nonEmpty || ours.isEmpty) {
        val kind = if (places.isEmpty) "outside" else if (ours.exists(isLocal)) "local" else "target"
        out.println((Seq(path, start.toString, name, kind) ++ places.flatMap(at => Seq(at._1, at._2.toString))).mkString("\t"))
      }
    }
    out.flush()
    Runtime.getRuntime.halt(0)
  }
}
