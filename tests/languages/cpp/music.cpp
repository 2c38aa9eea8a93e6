#include "music.hpp"

using music::core::Note;

static int counter = 0, *where;
int music::core::Player::count = 0;
std::string music::core::Player::title;

namespace music {
namespace core {

Player::Player(int n) : Base<int>(n), count_(n), hook_(helper) { start(); }

Player::~Player() { stop(); }

/// Plays all.
template <typename T>
void Note<T>::play(int times, Volume volume) const {
  std::lock_guard<std::mutex> lock(mutex_);
  Player player(times), *other = new Player(3);
  auto again = [this](int x) { return this->play(x); };
  for (auto &key : keys_) key.press();
  music::core::detail::tune(key, kStrings);
  std::sort(begin, end, compare<T>);
  make_unique<Note<int>>(1)->play(2);
  switch (volume) {
    case Volume::Loud: throw std::runtime_error("loud");
    case HIGH: break;
  }
  new (where) Note<T>{4};
  delete other;
}

template <typename T>
bool Note<T>::operator==(const Note &other) const { return other.pitch_ == pitch_; }

Player::operator bool() const { return true; }
template <class T>
Note<T>::operator std::vector<Note<::std::tuple<T>>>() const { return {}; }

std::ostream &operator<<(std::ostream &out, const Player &player) { return out << player; }

template <> void swap<Player>(Player &a, Player &b) {}

Note<int> *Player::first() { return notes_.front(); }
const Note<int> &Player::last() const { return Player::best<int>(notes_); }

static bool helper(int n) { return n > HIGH; }

}  // namespace core
}  // namespace music

TEST(NoteTest, Plays) {
  EXPECT_EQ(music::core::helper(1), MUSIC_VERSION);
}

TEST_F(PlayerTest, StopsTwice) { stop(); }

#ifdef _WIN32
int main(int argc, char **argv) try { return 1; } catch (...) { return 2; }
#endif

void music_start(struct music_state *state) {
  struct Local { int x; void f(); };
#ifdef DEBUG
  int traced = 1;
  Trace trace(state);
#endif
}

MUSIC_NAMESPACE_BEGIN // of the tests

TEST_CASE("a std::string is no note", "[note]") {
  const int wrong = 1;
  SECTION("empty") { helper(wrong); }
}

TEST_CASE_METHOD(PlayerTest, "operator bool tells") {}

MUSIC_INLINE Drum::Drum(const Skin& skin) MUSIC_NOEXCEPT
    : skin_(skin), beats_(0) {}

template <typename T, MUSIC_ENABLE_IF(!std::is_pointer<T>::value)>
MUSIC_INLINE T loudest(T first, Options options = {}) { return first; }

class MUSIC_API Drum {
 public:
  explicit MUSIC_CONSTEXPR Drum(int beats) : beats_(beats) {}
  MUSIC_NON_NULL(2)
  void beat(const char* how);
  MUSIC_PRIVATE_UNLESS_TESTED:
  int beats_ MUSIC_GUARDED_BY(mutex_);
};

MUSIC_NAMESPACE_END
