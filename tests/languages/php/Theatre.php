<?php

declare(strict_types=1);

namespace App\Theatre;

use App\Base\Room;
use App\Model\{Actor, Play as Drama, Sub\Scene};
use Psr\Log\LoggerInterface as Logger;
use function App\Util\applaud;
use const App\Util\SEATS;

const LIMIT = 10, FLOOR = 2;
define('OLD_CONSTANT', 3);
\define('OLDER_CONSTANT', 2);

/**
 * A theatre.
 *
 * @property string $name
 */
#[Entity(table: 'theatres')]
#[Cached]
final class Theatre extends Room implements \Countable, Stage
{
    use Lights, Sound {
        Lights::dim as protected dimLights;
    }

    /** How many seats. */
    public const SEATS = 100, ROWS = 5;
    private const string NAME = 'Globe';

    /** @var Actor[] who plays */
    private array $actors = [], $doubles;
    public static ?Theatre $instance = null;
    public readonly int $größe;
    public string $title {
        get => ucfirst($this->title);
        set(string $value) { $this->title = trim($value); }
    }

    /**
     * Opens it.
     */
    public function __construct(
        private readonly Logger $logger,
        protected ?Room $room = null,
        int $count = self::SEATS,
    ) {
        parent::__construct($count);
        $this->actors = array_map([$this, 'hire'], range(1, $count));
        static::$instance = $this;
    }

    // Plays a piece.
    #[Pure]
    public static function play(Drama|Scene $piece, callable ...$more): static
    {
        $actor = new Actor($piece->title);
        $double = new class ($actor) extends Actor {
            public function bow(): void {}
        };
        $names = array_map(fn (Actor $a): string => $a->name(), self::find(LIMIT));
        if ($actor instanceof \App\Model\Star && applaud($names)) {
            throw new StageException(static::class . Scene::FIRST);
        }
        return Theatre::create()?->open(...)->with($double);
    }

    abstract protected function rehearse(string $text): void;

    public function &count(): int { return $this->counter->total; }
}

/** What one can stand on. */
interface Stage extends Flat, Wooden
{
    const DEPTH = 3;

    public function enter(Actor $who): bool;
}

trait Lights
{
    abstract public function dim(): void;
}

enum Mood: string implements HasLabel
{
    /** Ha. */
    case Comic = 'c';
    case Tragic = 't';

    const DEFAULT = self::Comic;

    public function label(): string
    {
        return match ($this) {
            Mood::Comic => 'comic',
            self::Tragic => namespace\helper('tragic'),
        };
    }
}

function helper(string $word, ?Theatre &$theatre = null): string
{
    function inner(): void {}
    $twice = function (int $n) use ($word): int { return $n * 2; };
    global $stage;
    return \strtoupper($word) . $twice(2) . $stage->name;
}

namespace App\Other;

function elsewhere(): \App\Theatre\Theatre
{
    return \App\Theatre\Theatre::play(helper(...));
}
$stage = new \stdClass();

class Broken {
    public function unfinished( {
