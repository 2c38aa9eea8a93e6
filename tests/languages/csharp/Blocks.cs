namespace Bakery.Goods
{
    using System.Linq;

    namespace Inner
    {
        // Nothing in it.
        internal sealed class Flour { }
    }

    class Sugar : Inner.Flour
    {
        int grams = 3;
    }
}

class Program
{
    static void Main(string[] args) => new Bakery.Goods.Sugar().ToString();
}
