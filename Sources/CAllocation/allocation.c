#include "callocation.h"

#include "csystem.h"

#include <errno.h>
#include <jemalloc/jemalloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

// Set once, before there are other threads.
static void (*refuse)(size_t bytes);

void when_memory_is_refused(void (*told)(size_t bytes)) { refuse = told; }

static _Noreturn void end_without_numbers(void) {
  static const char text[] =
      "error: out of memory\n  hint: use a smaller model, batch or length, or raise the limit\n";
  ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
  (void)written;
  unlink_unfinished_files();
  _exit(1);
}

static void *told_if_refused(void *memory, size_t bytes) {
  if (memory) return memory;
  static _Thread_local bool is_telling;
  if (is_telling) end_without_numbers();
  if (refuse) {
    is_telling = true;
    refuse(bytes);
  }
  errno = ENOMEM;
  return NULL;
}

// In the place of jemalloc's own, for all of the process. Zero bytes have an address too, as there.

void *malloc(size_t bytes) { return told_if_refused(mallocx(bytes ? bytes : 1, 0), bytes); }

void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
  return told_if_refused(mallocx(bytes ? bytes : 1, MALLOCX_ZERO), bytes);
}

void *realloc(void *memory, size_t bytes) {
  if (!memory) return malloc(bytes);
  return told_if_refused(rallocx(memory, bytes ? bytes : 1, 0), bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
  if (alignment == 0 || alignment & (alignment - 1)) {
    errno = EINVAL;
    return NULL;
  }
  return told_if_refused(mallocx(bytes ? bytes : 1, MALLOCX_ALIGN(alignment)), bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  if (alignment < sizeof(void *) || alignment & (alignment - 1)) return EINVAL;
  void *found = aligned_alloc(alignment, bytes);
  if (!found) return ENOMEM;
  *memory = found;
  return 0;
}
