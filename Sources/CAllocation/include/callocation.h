// The allocator of a command, whose memory may be limited: jemalloc's, but what the system refuses it is told. The
// language's runtime would end the process with a trap, at whatever array or string comes next.

#ifndef CALLOCATION_H
#define CALLOCATION_H

#include <stddef.h>

/// Has `refuse` called with the bytes that the system does not give, from now on, in the thread that asked for them. It
/// ends the process; if it is refused memory itself, the process ends with exit code 1 and a sentence without numbers.
void when_memory_is_refused(void (*refuse)(size_t bytes));

#endif
