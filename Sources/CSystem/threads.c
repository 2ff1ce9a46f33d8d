#define _GNU_SOURCE

#include "csystem.h"

#include <pthread.h>
#ifdef __linux__
#include <sched.h>
#endif

static void *nothing(void *argument) { return argument; }

bool can_create_thread(void) {
  pthread_t thread;
  if (pthread_create(&thread, 0, nothing, 0) != 0) return false;
  pthread_join(thread, 0);
  return true;
}

void set_stack_size_of_threads(size_t bytes) {
#ifdef __GLIBC__
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  pthread_attr_setstacksize(&attributes, bytes);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
#else
  (void)bytes;
#endif
}

void keep_thread_on(const void *processors, size_t bytes) {
#ifdef __linux__
  sched_setaffinity(0, bytes, processors);
#else
  (void)processors, (void)bytes;
#endif
}
