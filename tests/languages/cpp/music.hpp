// Music: every kind of C++ declaration.
#pragma once
#include <vector>
#include "sound.h"

#define MUSIC_VERSION 3
#define MUSIC_API __attribute__((visibility("default")))

namespace fs = std::filesystem;
using std::vector;
using namespace std::literals;

namespace music::core {

class Player;
template <typename T> concept Playable = requires(T t) { t.play(); };

/// How loud it is.
enum class Volume : unsigned char { Soft = 1, Loud };
enum { HIGH, LOW };

inline constexpr int kStrings = 6;
extern const char *const names[];

/**
 * A note.
 */
template <typename T, int N = 3>
class MUSIC_API Note : public Sound<T>, private detail::Base {
 public:
  using value_type = T;
  typedef std::map<int, T> table_t;
  static constexpr int size = N;

  /// Makes one.
  explicit Note(T pitch) : Sound<T>(pitch), pitch_{pitch} {}
  Note(const Note &) = delete;
  virtual ~Note();

  // Compares.
  bool operator==(const Note &other) const;
  Note &operator=(Note &&) noexcept = default;
  explicit operator bool() const { return pitch_ != T(); }
  T operator()(int at) const;
  operator Chord<::std::tuple<T>>() const;
  T &operator[](size_t index);

  virtual void play(int times,
                    Volume volume = Volume::Soft) const = 0;
  template <class U>
  auto as() const -> Note<U> { return Note<U>(static_cast<U>(pitch_)); }
  const T *pitch() const { return &pitch_; }
  T &ref() { return pitch_; }
  static Note make(T pitch), none();
  friend std::ostream &operator<<(std::ostream &out, const Note &note);
  friend class Player;

  struct Key {
    int white : 4, black;
    union { float f; int i; };
  };

 protected:
  T pitch_, *next_ = nullptr;
  std::vector<Key> keys_[2];
  void (*done_)(int);
  mutable std::unique_ptr<Player> größe_{nullptr};
};

template <>
class Note<void> {};

template <typename T>
using Chord = std::vector<Note<T>>;

template <typename T>
T loudest(const Chord<T> &chord, T least = T{});

namespace {
int hidden = 0;
}  // namespace

}  // namespace music::core

extern "C" {
MUSIC_API void music_start(struct music_state *state);
}

struct Plain {
  int a = 0;
  Plain() = default;
  void go() { run(a); }
} plain;
typedef Note<int> &note_reference;

