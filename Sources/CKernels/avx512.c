// The kernels for AVX-512 (F, BW, VL, DQ), in f32. `avx512_bf16.c` has the bf16 operands, and
// `avx512_bf16_widened.c` another way to multiply them.
#if defined(__x86_64__)

#include <math.h>
#include <stdbool.h>

#include "tables.h"
#include "vector_avx512.h"

// Contraction and reassociation would make the bits depend on the compiler: an FMA is written out.
#pragma STDC FP_CONTRACT OFF

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), \
                             apply_to = function)

typedef float element;
typedef vec operand;
#define load_panel v_load
#define broadcast_element v_broadcast
#define multiply_add v_fma
#include "tiles_avx512.h"

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

const unroll_kernels unroll_table_avx512 = {.name = "avx512", F32_KERNELS};

#define BF16_TABLE(panel, packed, peak)                                                        \
  {                                                                                            \
    .name = "avx512", F32_KERNELS, .panel_bf16 = panel, .packed_bf16 = packed,                 \
    .round_bf16 = unroll_round_bf16, .gather_bf16 = unroll_gather_bf16,                        \
    .gather_blocks_bf16 = unroll_gather_blocks_bf16, .transpose_bf16 = unroll_transpose_bf16,  \
    .peak_bf16 = peak                                                                          \
  }

const unroll_kernels unroll_table_avx512_bf16 =
    BF16_TABLE(unroll_panel_bf16, unroll_packed_bf16, unroll_peak_bf16);

const unroll_kernels unroll_table_avx512_bf16_widened =
    BF16_TABLE(unroll_panel_bf16_widened, unroll_packed_bf16_widened, peak_f32);

#else
// A translation unit may not be empty.
typedef int unroll_no_avx512;
#endif
