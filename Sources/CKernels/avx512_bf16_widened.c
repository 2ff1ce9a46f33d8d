// Products with bf16 operands for processors whose VDPBF16PS takes longer than the two FMAs that do
// the same: bits and packed forms are those of `avx512_bf16.c`.
#if defined(__x86_64__)

#include <limits.h>
#include <stdbool.h>

#include "tables.h"
#include "vector_avx512.h"

#pragma STDC FP_CONTRACT OFF

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), \
                             apply_to = function)

typedef uint32_t element;
#include "walk_widened.inc.h"

// A widened vector of the panel takes two registers. A tall tile of two vectors widens the least
// for each of its sums.
#define MAX_VECTORS 4
#define HALVED_ROWS LONG_MAX
static const int max_rows[] = {0, 12, 12, 7, 5};
#define TILES                                                                                \
  X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) X(9, 1) X(10, 1) X(11, 1)  \
  X(12, 1) X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2) X(7, 2) X(8, 2) X(9, 2) X(10, 2)  \
  X(11, 2) X(12, 2) X(1, 3) X(2, 3) X(3, 3) X(4, 3) X(5, 3) X(6, 3) X(7, 3) X(1, 4) X(2, 4)  \
  X(3, 4) X(4, 4) X(5, 4)
#include "products.inc.h"

#define panel_bf16 unroll_panel_bf16_widened
#define packed_bf16 unroll_packed_bf16_widened
#include "products_bf16.inc.h"

#pragma clang attribute pop

#else
typedef int unroll_no_avx512_bf16_widened;
#endif
