defmodule Shop.Cart do
  @moduledoc """
  A cart.

  With items.
  """

  use GenServer, restart: :transient
  alias Shop.Item
  alias Shop.{Price, Stock.Level}
  alias Shop.Customer, as: Buyer
  import Enum, only: [map: 2]
  require Logger

  @behaviour Shop.Store
  @limit 10
  @type t :: %__MODULE__{items: [Item.t()]}
  @typedoc "Either."
  @type result(a) :: {:ok, a} | :error
  @opaque secret :: binary
  @callback total(cart :: t) :: Price.t()

  @enforce_keys [:owner]
  defstruct [:owner, items: [], limit: @limit]

  @doc """
  Adds an item.
  """
  @spec add(t, Item.t(), pos_integer) :: t
  def add(cart, item, count \\ 1)

  # none to add
  def add(cart, _item, 0), do: cart

  def add(%__MODULE__{items: items} = cart, %Item{} = item, count) when count > 0 do
    Logger.debug("adding")
    %{cart | items: [item | items]} |> check() |> add(item, count - 1)
  end

  def add(cart, item), do: add(cart, item, 1)

  @doc ~S"Sums it up."
  @impl true
  def total(cart), do: cart.items |> map(&price/1) |> Price.sum(@limit)

  @doc false
  def child_spec(arguments), do: super(arguments)

  defp price(%Item{price: price}), do: price
  defp check(cart) when length(cart.items) < @limit, do: cart
  defp check(_), do: raise(Shop.Cart.Full, limit: @limit)

  def empty?, do: true
  def save!(cart), do: Shop.Store.put(cart, Buyer)

  defmacro with_cart(do: block) do
    quote do: unquote(block)
  end

  defguard is_cart(value) when is_struct(value, __MODULE__)
  defdelegate size(cart), to: Enum, as: :count
  def left + right, do: merge(left, right)

  defmodule Full do
    defexception [:limit, message: "full"]
  end
end

defprotocol Shop.Priced do
  @doc "What it costs."
  @fallback_to_any true
  def cost(thing)
end

defimpl Shop.Priced, for: Shop.Item do
  def cost(item), do: item.price
end

defmodule Shop.CartTest do
  use ExUnit.Case

  describe "add/3" do
    test "adds nothing", %{cart: cart} do
      assert Shop.Cart.add(cart, nil, 0) == cart
    end
  end
end
