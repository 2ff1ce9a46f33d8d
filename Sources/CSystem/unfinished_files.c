#define _POSIX_C_SOURCE 200809L

#include "csystem.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { PLACES = 64, LONGEST = 4096 };
enum state { FREE, TAKEN, NOTED };

// Memory that is never given back: a handler may read it at any moment.
static char paths[PLACES][LONGEST];
static atomic_int states[PLACES];

int note_unfinished_file(const char *path) {
  size_t length = strlen(path);
  if (length >= LONGEST) return -1;
  for (int place = 0; place < PLACES; place++) {
    int expected = FREE;
    if (!atomic_compare_exchange_strong(&states[place], &expected, TAKEN)) continue;
    memcpy(paths[place], path, length + 1);
    atomic_store(&states[place], NOTED);
    return place;
  }
  return -1;
}

void forget_unfinished_file(int place) { atomic_store(&states[place], FREE); }

void unlink_unfinished_files(void) {
  for (int place = 0; place < PLACES; place++)
    if (atomic_load(&states[place]) == NOTED) unlink(paths[place]);
}

static void end(int number) {
  unlink_unfinished_files();
  raise(number);
}

void unlink_unfinished_files_at(int number) {
  struct sigaction action;
  if (sigaction(number, NULL, &action) != 0 || action.sa_handler != SIG_DFL) return;
  // Once: the second time, which `end` itself asks for, ends the process as if there were no handler.
  action.sa_handler = end;
  action.sa_flags = SA_RESETHAND | SA_NODEFER;
  sigaction(number, &action, NULL);
  // Whoever started the process may have had it blocked, as Dispatch has in its threads.
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, number);
  sigprocmask(SIG_UNBLOCK, &mask, NULL);
}
