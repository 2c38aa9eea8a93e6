package org.example
package orchard

import scala.collection.mutable
import scala.util.{Failure, Success => Good, Try as Attempt, _}
import org.example.base._
import org.example.tools.*
import java.io.File

/** How many trees there are. */
val Trees: Int = 12
private lazy val (first, second) = pair()
var opened = 0

/** A thing with trees in it.
  *
  * @param name how it is called
  */
@deprecated("old", "1.0")
@SerialVersionUID(1L)
abstract class Orchard[T <: Tree, +R](
    val name: String,
    private var acres: Int = 10,
    owner: Person
) extends Land[T](acres)
    with Fruitful
    with AutoCloseable { self: Farm =>

  import Orchard._

  type Crop = List[T]
  type Later <: Crop

  /** What grows in it. */
  private val trees, bushes: mutable.Buffer[T] = mutable.Buffer.empty
  val größe: Size
  implicit val order: Ordering[T] = Ordering.by(_.age)

  // Without an owner.
  def this(name: String) = this(name, 5, Person.Nobody)

  /** Plants one. */
  @throws[OrchardFull]
  override def plant[F <: T](
      one: F,
      deep: Int = 1
  )(implicit done: F => Unit): Option[F] = {
    def check(depth: Int): Boolean = depth < Trees
    val watcher = new Watcher with Loud {
      def seen(tree: Tree): Unit = ()
    }
    val found = trees.filter(check).map { case tree: Oak => tree.age; case Pine(age) => age }
    if (check(math.max(1, 2)) && !(trees contains one)) throw new OrchardFull(name)
    for (tree <- trees) yield tree.grow[Int](1)
    Some(one)
  }

  def +(other: Orchard[T, R]): Orchard[T, R]

  def close(): Unit
}

/** Its companion. */
object Orchard extends Registry {
  final val Capacity = 7

  def apply(name: String): Orchard[Oak, Any] = ???

  implicit class TreeOps(val tree: Tree) extends AnyVal {
    def twice: Int = tree.age * 2
  }
}

case class Point(x: Int, y: Int = 2) derives CanEqual

case object Nothing

sealed trait Fruit[A] {
  def taste: String
}

enum Season(val warm: Boolean) extends Java:
  /** Things begin. */
  case Spring extends Season(true)
  case Autumn, Winter
  case Summer(days: Int)

  def next: Season = Season.Spring

given intOrd: Ordering[Int] with
  def compare(x: Int, y: Int): Int = x - y

given Conversion[String, Tree] = Tree(_)

extension (tree: Tree)
  /** Cuts it. */
  def cut(deep: Int): Tree = tree.copy(deep)
  def fell: Unit = remove(tree)

opaque type Apples = Int

type Pears[A] = Map[A, List[Tree]]

trait Deep:
  def dig(): Unit =
    println("digging")

def helper(days: Int)(using order: Ordering[Int]): Int =
  days.max(order.compare(1, days))

@main def run(args: String*): Unit = helper(args.length)

object Tools {
  package inner {
    class Saw
  }
}

package shed {
  class Rake { val teeth = 9 }
}
