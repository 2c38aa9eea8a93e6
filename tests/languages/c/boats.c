#include "boats.h"
#define STRINGIFY(x) #x

static int launched, sunk = 0;
const char *const boat_kinds[] = {
  "sloop",
  "ketch",
};
static fleet_t fleet = { .first = NULL };
static int (*hook)(boat_t *) = boat_check;
struct pair { int a; int b; } left, right;

static int sail_one(boat_t *boat, void *data);

/*
 * Makes a boat.
 *   It floats.
 */
boat_t *boat_new(const char *name, int length) {
  boat_t *boat = malloc(sizeof(struct boat_s));
  static int made;
  struct local { int count; } l;
  if (boat == NULL)
    return (boat_t *) NULL;
  boat->on_sink = sail_one;
  BOAT_EACH(&fleet, boat) {
    boat->on_sink(boat, NULL);
    qsort(boat, sizeof(*boat), sail_one);
  }
  return register_all(&(struct pair){ 1, length }, boat);
}

// Old style.
int sum(a, b)
  int a, b;
{
  return a + b;
}

#if defined(_WIN32)
int boat_sail(boat_t *boat, enum heading heading) { return (hook)(boat); }
#else
int boat_sail(boat_t *boat, enum heading heading)
{
  launched++;
  return NORTH + sail_one(boat, (void *)boat_stop);
}
#endif

static const struct { const char *name; int (*run)(boat_t *, void *); } commands[] = {
  { "sail", sail_one },
  { "stop", &boat_stop },
};

void (*boat_signal(int number, void (*handler)(int)))(int) { return handler; }

static int sail_one(boat_t *boat, void *data) {
  return data ? strlen(STRINGIFY(boat)) : 0;
}

TEST_IMPL(sails_well) {
#ifdef DEBUG
  if (launched) {
#else
  if (launched > 1) {
#endif
    boat_stop(0);
  }
}

int broken(int a {
  return a;
