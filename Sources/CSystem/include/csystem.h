// What Swift cannot do: a handler of signals that touches nothing of the language's runtime, and functions that its
// C library's module leaves out.

#ifndef CSYSTEM_H
#define CSYSTEM_H

#include <stdbool.h>
#include <stddef.h>

/// Whether the system gives this process one more thread, which ends at once.
bool can_create_thread(void);

/// Gives threads that are made from now on a stack of so many bytes. glibc reads the limit on stacks once, when a
/// process starts; others have a size of their own.
void set_stack_size_of_threads(size_t bytes);

/// Keeps the calling thread on the processors whose bits are set; nothing where the system has no such call, or none of
/// them may be used.
void keep_thread_on(const void *processors, size_t bytes);

/// Deals whole pages of memory, which lie on a page's boundary, to the memory nodes whose bits are set, in turn, those
/// too that are in use already; nothing where the system has no such call or refuses it.
void interleave_memory(void *start, size_t bytes, const void *nodes, size_t bits);

/// Notes a file that `unlink_unfinished_files` removes. Returns its place for `forget_unfinished_file`; -1: it is
/// not noted, since the path is too long or too many are unfinished.
int note_unfinished_file(const char *path);

/// The file at that place has its name, or is gone.
void forget_unfinished_file(int place);

/// Removes the files that are noted. May be called in a handler of signals.
void unlink_unfinished_files(void);

/// Lets a signal remove the files that are noted before it ends the process, if it would end it
/// now; and lets it in. To be called before there are other threads.
void unlink_unfinished_files_at(int signal);

#endif
