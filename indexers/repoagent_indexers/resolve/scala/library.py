"""What Scala's own collections give, as far as names of members are told apart by it. Tables, no code."""

from __future__ import annotations

MAKING_MANY = frozenset(
    "List Seq Vector Set Some Option Array IndexedSeq Iterator Stream LazyList Queue ListBuffer ArrayBuffer Future Try "
    "Right Success Nil Buffer ArrayDeque HashSet LinkedHashSet SortedSet TreeSet NonEmptyList Chain".split()
)
"""Objects that make of what they are given one that holds it."""
MAPPING = frozenset({"map", "collect"})
"""They hold what a function gives."""
FLATTENING = frozenset({"flatMap"})
"""They are what a function gives."""
KEEPING = frozenset(
    "filter filterNot withFilter sorted sortBy sortWith reverse toList toSeq toSet toVector toArray toIndexedSeq "
    "toIterator iterator toStream to distinct distinctBy drop dropRight dropWhile take takeRight takeWhile tail init "
    "orElse ++ :++ ++: -- - intersect diff union headOption lastOption find toOption view force par seq result clone "
    "findLast maxByOption minByOption reduceOption tapEach toBuffer toIterable recoverWith recover andThen filterKeys "
    "appended prepended :+ +: + +++ concat empty padTo updated ensuring".split()
)
"""They hold the same."""
TAKING = frozenset(
    "head last get getOrElse apply next maxBy minBy max min fold reduce reduceLeft reduceRight remove pop dequeue "
    "poll peek removeHead removeLast".split()
)
"""They give one of what is held."""
NESTING = frozenset("grouped sliding tails inits permutations combinations".split())
"""They hold many that hold the same."""
FOLDING = frozenset("foldLeft foldRight scanLeft scanRight /: :\\".split())
"""They give what they begin with; what is held is given to their function last (foldLeft) or first (foldRight)."""
PAIRING = frozenset("zip zipAll".split())
PARTING = frozenset("partition span splitAt".split())
"""They give a pair of what holds the same."""
NUMBERING = frozenset({"zipWithIndex"})
GROUPING = frozenset({"groupBy"})
GIVING_NOTHING = frozenset(
    "foreach exists forall count isEmpty nonEmpty size length contains mkString indexWhere indexOf toString hashCode "
    "isDefined sum product startsWith endsWith sameElements corresponds isInstanceOf == != eq ne < > <= >= && || ! "
    "equals getClass".split()
)
SAME = frozenset({"tap", "ensuring", "synchronized", "$asInstanceOf"})
MAPS = frozenset("Map HashMap SortedMap TreeMap LinkedHashMap ListMap TrieMap WeakHashMap LongMap".split())
FUNCTION_TYPES = frozenset("Function1 Function2 Function3 PartialFunction".split())
OF_ALL = frozenset(
    "toString hashCode equals getClass asInstanceOf isInstanceOf eq ne synchronized wait notify notifyAll ## -> "
    "formatted".split()
)
"""Members that everything has."""
ALL = frozenset(
    "toString hashCode equals getClass asInstanceOf isInstanceOf eq ne synchronized wait notify notifyAll ## -> "
    "formatted".split()
)
"""Members that everything has."""
ALL = (
    MAPPING
    | FLATTENING
    | KEEPING
    | TAKING
    | NESTING
    | FOLDING
    | PAIRING
    | PARTING
    | NUMBERING
    | GROUPING
    | GIVING_NOTHING
)
"""Members of collections."""
