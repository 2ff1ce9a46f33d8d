// The tables as the instruction-set files define them; `cpuid.c` decides which may be used.
#ifndef UNROLL_TABLES_H
#define UNROLL_TABLES_H

#include "ckernels.h"

#if defined(__x86_64__)
extern const unroll_kernels unroll_table_avx2;
extern const unroll_kernels unroll_table_avx512;
extern const unroll_kernels unroll_table_avx512_bf16;
extern const unroll_kernels unroll_table_avx512_bf16_widened;

// The entries that only the last two have.
void unroll_panel_bf16(long m, long n, long k, const uint16_t *a, long a_stride, const uint16_t *p,
                       long width, float *c, long c_stride, bool add);
void unroll_packed_bf16(long m, long n, long k, const uint16_t *a, long a_stride,
                        const uint16_t *p, long width, float *c, long c_stride,
                        unroll_target onto);
void unroll_panel_bf16_widened(long m, long n, long k, const uint16_t *a, long a_stride,
                               const uint16_t *p, long width, float *c, long c_stride, bool add);
void unroll_packed_bf16_widened(long m, long n, long k, const uint16_t *a, long a_stride,
                                const uint16_t *p, long width, float *c, long c_stride,
                                unroll_target onto);
void unroll_round_bf16(long n, const float *x, uint16_t *y);
void unroll_gather_bf16(long k, long n, long padded, const float *const *rows, long offset,
                        uint16_t *p, long width, long panel_step);
void unroll_gather_blocks_bf16(long k, long groups, long blocks, const float *const *rows,
                               long offset, uint16_t *p);
void unroll_transpose_bf16(long m, long k, const float *w, long stride, uint16_t *p, long width);
double unroll_peak_bf16(long rounds);
#endif

#endif
