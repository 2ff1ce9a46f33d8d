// What a library leaves to its host: signals and the allocator. `Python/link` lets all of libunroll call
// these in the place of the functions that they are named for (the linker's --wrap).

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>

int __real_sigaction(int number, const struct sigaction *action, struct sigaction *previous);

// The language's runtime would take the signals of crashes. It may ask who has one, and changes nothing.
int __wrap_sigaction(int number, const struct sigaction *action, struct sigaction *previous) {
  (void)action;
  return __real_sigaction(number, NULL, previous);
}

int __wrap_sigaltstack(const stack_t *stack, stack_t *previous) {
  (void)stack;
  if (previous) *previous = (stack_t){.ss_flags = SS_DISABLE};
  return 0;
}

// jemalloc's control interface, without jemalloc: it knows no name.
int __wrap_mallctl(
    const char *name, void *old, size_t *old_size, void *new_value, size_t new_size) {
  (void)name, (void)old, (void)old_size, (void)new_value, (void)new_size;
  return ENOENT;
}
