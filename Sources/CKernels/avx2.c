// The kernels for AVX2 with FMA.
#if defined(__x86_64__)

#include <math.h>
#include <stdbool.h>

#include "tables.h"
#include "vector_avx2.h"

// Contraction and reassociation would make the bits depend on the compiler: an FMA is written out.
#pragma STDC FP_CONTRACT OFF

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

typedef float element;
typedef vec operand;
#define load_panel v_load
#define broadcast_element v_broadcast
#define multiply_add v_fma
// 12 sums and 3 operands in 16 registers; a panel of 64 columns is done in strips of 16.
#define MAX_VECTORS 2
#define HALVED_ROWS 0
static const int max_rows[] = {0, 8, 6};
#define TILES                                                                              \
  X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) X(1, 2) X(2, 2) X(3, 2)  \
  X(4, 2) X(5, 2) X(6, 2)
#include "walk.inc.h"
#include "products.inc.h"

#include "activations.inc.h"
#include "cells.inc.h"
#include "optimizers.inc.h"
#include "prefetch.inc.h"
#include "packing.inc.h"
#include "peak.inc.h"
#include "products_f32.inc.h"
#include "rows.inc.h"

#pragma clang attribute pop

const unroll_kernels unroll_table_avx2 = {.name = "avx2", F32_KERNELS};

#else
typedef int unroll_no_avx2;
#endif
