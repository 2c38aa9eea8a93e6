/* A shelter for animals: every kind of Java declaration. */
package org.example.shelter;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.*;
import static java.lang.Math.max;
import static java.util.stream.Collectors.*;

/**
 * Keeps animals until somebody takes them.
 *
 * @param <A> what is kept
 */
@Deprecated
@SuppressWarnings({"unchecked", "rawtypes"})
public abstract class Shelter<A extends Animal & Comparable<A>>
        extends House<A> implements Iterable<A>, java.io.Closeable {

    /** How many fit in. */
    public static final int CAPACITY = 40;
    private final List<A> animals = new ArrayList<>();
    protected int width, height[] = {1, 2};

    static {
        Registry.register(Shelter.class);
    }

    // The usual way in.
    @Inject
    public Shelter(@Named("first") A first) throws IOException {
        super(first);
        this.animals.add(first);
    }

    /** Takes one in. */
    @Override
    @Nullable
    public <T extends A> T take(
            T animal,
            int days) {
        Runnable later = () -> release(animal);
        Comparator<A> order = Comparator.comparing(Animal::name);
        class Receipt {
            int number = max(days, 1);
        }
        new Receipt();
        return animal instanceof Dog dog ? (T) dog : animals.get(0).<T>self();
    }

    abstract void release(A animal)
            throws IOException;

    native int weigh();

    /** Sizes of a cage. */
    enum Size implements Sized {
        /** For mice. */
        SMALL(1),
        LARGE(9) {
            @Override
            int extra() {
                return 1;
            }
        };

        private final int metres;

        Size(int metres) {
            this.metres = metres;
        }
    }

    public record Point<N extends Number>(N x, @NonNull int y) implements Located {
        static final Point<Integer> ORIGIN = new Point<>(0, 0);

        public Point {
            check(x);
        }

        N twice() {
            return x;
        }
    }

    @Retention(RetentionPolicy.RUNTIME)
    @interface Checked {
        String value() default "no";

        int LEVEL = 3;
    }

    sealed interface Visitor<R> extends Consumer<R> permits Cats, Dogs {
        String NAME = "visitor";

        R visit(Shelter<?> shelter);

        default void leave() {
        }
    }

    private final Object größe = new Object() {
        @Override
        public String toString() {
            return String.valueOf(CAPACITY);
        }
    };
}

interface Animal {
    String name();
}
