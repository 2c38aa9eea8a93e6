// Package store keeps things: every kind of Go declaration.
package store

import "fmt"

import (
	"context"
	str "strings"

	. "math"
	_ "net/http/pprof"
	"github.com/example/go-yaml/v3"
	"gopkg.in/ini.v1"
)

// Version is what this is.
const Version = "1.0"

// The colours.
const (
	// Red is first.
	Red Colour = iota
	Green
	blue, hidden = 7, "x"
)

var (
	// ErrGone says that it is gone.
	ErrGone = fmt.Errorf("gone")
	cache, misses map[string]*Item
)

var handler = func(c context.Context) error { return helper(c) }

// Colour is a kind of number.
type Colour int

type (
	// Item is what is kept.
	Item struct {
		// Name is how it is called.
		Name  string `json:"name"`
		X, Y  float64
		*Base
		str.Builder
		Inner struct {
			Depth int
		}
		next  *Item
		apply func(a, b int) bool
	}

	// Store can get.
	Store[K comparable, V any] interface {
		Getter
		~int | ~string

		// Get gets one.
		Get(ctx context.Context, key K) (V, error)
		Len() int
	}
	Alias = map[string][]Item
	Größe  Colour
)

// List is generic.
type List[T any] struct {
	head *node[T]
}

type node[T any] struct{ value T }

// Handler is a function type.
type Handler func(w Writer, name string) (int, error)

// New makes one.
func New[T any](
	name string,
	options ...Option[T],
) (*List[T], error) {
	type local struct {
		size int
	}
	const limit = 3
	var found = local{size: limit}
	list := &List[T]{head: &node[T]{}}
	go list.run(found.size)
	defer close(make(chan int))
	apply(helper, Sort[int](nil))
	handler(func() { nested(Red) })
	return list, nil
}

// Push adds at the end.
func (l *List[T]) Push(value T) *List[T] {
	l.head.value = value
	return l
}

func (l List[_]) Len() int { return len(l.items()) }

func (Colour) String() string {
	switch v := any(Red).(type) {
	case *Item:
		return v.Name
	}
	return str.ToUpper("c") + fmt.Sprint(int(Pi))
}

func helper(ctx context.Context) error

func init() {
	http.HandleFunc("/", (&server{}).serve)
}
