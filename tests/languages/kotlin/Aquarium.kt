@file:JvmName("Aquariums")

package org.example.aquarium

import kotlin.math.max
import org.example.base.*
import org.example.model.Fish as Swimmer

/** How deep it is at most. */
const val MAX_DEPTH = 12
private var opened: Int = 0
val String.wet: String
    get() = this + "~"
val (left, right) = pair()

/**
 * A thing with fish in it.
 *
 * @property name how it is called
 */
@Deprecated("old")
@Serializable
open class Tank<T : Fish, out R>(
    val name: String,
    private var litres: Int = 10,
    owner: Person,
) : Vessel<T>(litres), Cleanable by owner, AutoCloseable where T : Comparable<T> {

    /** What swims in it. */
    private val fish: MutableList<T> = mutableListOf()
    lateinit var größe: Size
    val isFull: Boolean
        get() {
            return fish.size > litres
        }
    var level by Delegates.observable(0) { _, old, new -> changed(old, new) }

    init {
        register(this)
    }

    // Without an owner.
    constructor(name: String) : this(name, 5, Person.NOBODY) {
        opened++
    }

    /** Puts one in. */
    @Throws(TankFull::class)
    override suspend inline fun <reified F : T> add(
        one: F,
        crossinline done: (F) -> Unit,
    ): Result<F>? {
        fun check(depth: Int) = depth < MAX_DEPTH
        val found = fish.filter { it is F }.map(::Swimmer)
        val watcher = object : Watcher {
            override fun seen(fish: Fish) {}
        }
        if (check(max(1, 2)) && one !in fish) done(one)
        return this@Tank.lookup<F>(one)?.let { it as? Result<F> } ?: throw TankFull(name)
    }

    operator fun get(index: Int): T = fish[index]

    abstract fun clean()

    inner class Pump {
        fun run() = clean()
    }

    companion object {
        const val TAG = "tank"
        @JvmStatic fun create(): Tank<Fish, Any> = TODO()
    }

    companion object Named
}

data class Point(val x: Int, val y: Int)

@JvmInline
value class Litres(val amount: Int)

sealed interface Shape {
    val area: Double
    fun draw(canvas: Canvas)
}

fun interface Feeder {
    fun feed(fish: Fish): Boolean
}

/** How warm. */
enum class Warmth(val degrees: Int) : Measured {
    /** Like ice. */
    COLD(4),
    WARM(25) {
        override fun label() = "w"
    };

    abstract fun label(): String

    companion object {
        val DEFAULT = COLD
    }
}

annotation class Wet(val much: Boolean = true)

object Registry : Listener {
    val all = mutableMapOf<String, Tank<*, *>>()
    fun find(name: String) = all[name]
}

typealias Tanks = Map<String, List<Tank<*, *>>>

/** Fills it. */
fun Tank<*, *>.fill(litres: Int): Tank<*, *> = apply { level = litres }

fun <T> List<T>?.second(): T? = this?.get(1)

infix fun Int.deep(other: Int) = max(this, other)

tailrec fun sink(depth: Int): Int = if (depth == 0) 0 else sink(depth - 1)

fun unfinished(a: Int {
