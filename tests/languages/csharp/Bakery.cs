using System;
using System.Collections.Generic;
using static System.Math;
using Loaf = Bakery.Goods.Bread<int>;
global using Bakery.Ovens;
extern alias Legacy;

[assembly: InternalsVisibleTo("Tests")]

namespace Bakery.Shop;

/// <summary>
/// Sells <see cref="Bread{T}"/> to people.
/// </summary>
/// <typeparam name="T">What is sold.</typeparam>
[Serializable]
[Obsolete("old"), DebuggerDisplay("{Name}")]
public abstract partial class Counter<T> : Desk<T>, IDisposable, Goods.ISeller
    where T : Bread, new()
{
    /// <summary>How many loaves fit.</summary>
    public const int Capacity = 40, Spare = 2;
    private static readonly Dictionary<string, List<T>> loaves = new();
    protected int width, größe = 3;

    /// <summary>Tells that something was sold.</summary>
    public event EventHandler<SoldArgs> Sold;
    public event Action Closed
    {
        add { closed += value; }
        remove { closed -= value; }
    }

    [JsonProperty("name")]
    public string Name { get; private set; } = "shop";
    public int Count => loaves.Count;
    public required T Best { get; init; }

    public T this[int index]
    {
        get => loaves[index.ToString()][0];
        set { Store(value); }
    }

    static Counter() { Log.Start(); }

    // Opens it.
    public Counter(string name, int width = Capacity) : base(name)
    {
        Name = name;
        Sold += OnSold;
    }

    ~Counter() => Dispose();

    /// <inheritdoc />
    public override async Task<T> SellAsync<TBuyer>(
        TBuyer buyer,
        [CallerMemberName] string who = null)
        where TBuyer : class, IBuyer
    {
        var bread = new Bread(Max(1, 2)) { Weight = 3 };
        List<T> found = loaves.Values.SelectMany(l => l).Where(Check).ToList<T>();
        int Twice(int n)
        {
            return n * 2;
        }
        static bool Check(T one) => one is Bread b && b.Fresh;
        await buyer.PayAsync(Twice(2), nameof(Capacity));
        if (bread is Rye rye) throw new SoldOutException(typeof(Rye).Name);
        return (T)bread as T ?? default(T);
    }

    protected abstract void Store(T bread);

    void IDisposable.Dispose() { }

    public static Counter<T> operator +(Counter<T> left, T right) => left;
    public static implicit operator string(Counter<T> counter) => counter.Name;

    [DllImport("bake.dll")]
    private static extern int bake(int degrees);

    /// <summary>What may happen.</summary>
    public delegate void Baked<in TBread>(TBread bread, int minutes);

    private enum Heat : byte
    {
        /// <summary>Low.</summary>
        [Description("low")]
        Low = 1,
        High,
    }
}

public record Bread(string Name, int Weight = 500) : Food(Name), IGoods
{
    public bool Fresh => Weight > 0;
}

public readonly record struct Crumb(double Size);

public struct Oven
{
    public int Degrees;
    public Oven(int degrees) { Degrees = degrees; }
}

public interface IBuyer : IPerson<Bread>
{
    decimal Purse { get; set; }
    Task PayAsync(int amount, string what);
    event EventHandler Left;
}

public static class BreadExtensions
{
    public static int Slice(this Bread bread, int n) => bread.Weight / n;
}

public class Stand(string place) : Counter<Bread>
{
    protected override void Store(Bread bread) => Console.WriteLine(place);
