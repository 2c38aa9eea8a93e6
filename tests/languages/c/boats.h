/* Boats: every kind of C declaration. */
#ifndef BOATS_H
#define BOATS_H

#include <stdint.h>
#include "water/lake.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How long a name may be. */
#define NAME_MAX_LENGTH 32
#define BOAT_EACH(list, one) \
  for ((one) = (list)->first; (one); (one) = (one)->next)
#define EMPTY

/* A boat that floats. */
typedef struct boat_s boat_t;

struct boat_s {
  /* What it is called. */
  char name[NAME_MAX_LENGTH];
  unsigned int sails : 3, oars : 2;
  struct boat_s *next, *previous;
  int (*on_sink)(boat_t *boat, void *data);
  union {
    int weight;
    float depth;
  };
  struct {
    int x, y;
  } place;
  enum { SHORT, LONG } size;
};

typedef struct {
  boat_t *first;
} fleet_t, *fleet_ptr;

typedef union value_u {
  long number;
} value_t;

/* Which way it goes. */
enum heading {
  /* Up. */
  NORTH,
  SOUTH = 4, EAST
};

typedef enum { CALM, STORM } weather_t;
typedef unsigned long (*sink_cb)(boat_t *, int);
typedef int row_t[4];
typedef unsigned char uint8_t;

/* Makes a boat. */
extern boat_t *boat_new(const char *name,
                        int length);
int boat_sail(boat_t *boat, enum heading heading), boat_stop(boat_t *);
static inline int
boat_weight(const boat_t *boat)
{
  return boat->weight;
}
__attribute__((noreturn)) void boat_sink(boat_t *boat);
BOAT_EXTERN int boat_paint(boat_t *boat, uint8_t colour);
void (*boat_signal(int number, void (*handler)(int)))(int);

extern const int boat_count;

typedef enum {
#define XX(name, text) BOAT_ERROR_##name,
  ALL_ERRORS(XX)
#undef XX
  BOAT_ERROR_LAST
} boat_error_t;

typedef void (BOAT_CALL *boat_error_cb)(boat_error_t error);

#define BOAT_FIELDS                                                           \
  /* private */                                                               \
  int secret;

struct boat_private_s {
  BOAT_FIELDS
  boat_error_t error;
};

#ifdef __cplusplus
}
#endif
#endif
