// The SIMD kernels of Unroll: one table of functions per instruction set, chosen once at start.
//
// Kernels know no layer and no thread. Matrices are row-major; strides count elements. Every kernel
// keeps one order of summation along k, whatever m and n are, so that a row's result does not
// depend on the rows that stand beside it.
#ifndef UNROLL_CKERNELS_H
#define UNROLL_CKERNELS_H

#include <stdbool.h>
#include <stdint.h>

/// What is equal for every element of an optimizer's step; see `StepConstants` in Swift.
typedef struct unroll_step {
  float factor, rate, decay, shrink, first, second, second_correction, epsilon;
} unroll_step;

/// What a product does with what is in C.
typedef enum unroll_target {
  UNROLL_REPLACED,
  /// Its sums begin with C.
  UNROLL_CONTINUED,
  /// It is formed from zero, and then added to C.
  UNROLL_ADDED,
} unroll_target;

typedef struct unroll_kernels {
  /// "avx2" or "avx512".
  const char *name;

  // ---- products -------------------------------------------------------------------------------

  /// C[m][n] = (add ? C : 0) + A[m][k] · P[k][n], P a packed panel [k][width], width a multiple of
  /// 16 and at most 64, n <= width. Columns from n on are neither read from nor written to C.
  void (*panel_f32)(long m, long n, long k, const float *a, long a_stride, const float *p,
                    long width, float *c, long c_stride, bool add);
  /// The same with A packed by depth: A[i][j] = a[j * a_stride + i].
  void (*packed_f32)(long m, long n, long k, const float *a, long a_stride, const float *p,
                     long width, float *c, long c_stride, unroll_target onto);
  /// bfloat16 operands in pairs along k; k is even. P is [k/2][width][2], A rows hold pairs
  /// (row-major) and packed A is [k/2][a_stride][2] (a_stride counts pairs). Null where the machine
  /// has no bf16 dot product.
  void (*panel_bf16)(long m, long n, long k, const uint16_t *a, long a_stride, const uint16_t *p,
                     long width, float *c, long c_stride, bool add);
  void (*packed_bf16)(long m, long n, long k, const uint16_t *a, long a_stride, const uint16_t *p,
                      long width, float *c, long c_stride, unroll_target onto);
  /// y = x rounded to nearest even, n elements.
  void (*round_bf16)(long n, const float *x, uint16_t *y);

  // ---- packing --------------------------------------------------------------------------------

  /// P[j][i] = rows[j][offset + i] for i < n, zero for n <= i < padded (a multiple of 16); a null
  /// row is zero. P is [k][width]; columns beyond the width go to the next panels, `panel_step`
  /// elements apart. What is not named is not touched.
  void (*gather_f32)(long k, long n, long padded, const float *const *rows, long offset, float *p,
                     long width, long panel_step);
  /// The same, rounded, in pairs along k: P is [(k + 1) / 2][width][2]. An odd k is padded.
  void (*gather_bf16)(long k, long n, long padded, const float *const *rows, long offset,
                      uint16_t *p, long width, long panel_step);
  /// The columns of `groups` groups with `blocks` blocks each, taken apart by block:
  /// P[b][j][16 g + i] = rows[j][offset + (g * blocks + b) * 16 + i], P is [blocks][k][16 groups].
  void (*gather_blocks_f32)(long k, long groups, long blocks, const float *const *rows,
                            long offset, float *p);
  /// The same, rounded, in pairs along k: P is [blocks][(k + 1) / 2][16 groups][2].
  void (*gather_blocks_bf16)(long k, long groups, long blocks, const float *const *rows,
                             long offset, uint16_t *p);
  /// P[j][i] = w[i * stride + j] for i < m <= 16 and j < k, zero for m <= i < 16: a strip of 16
  /// columns of a panel [k][width].
  void (*transpose_f32)(long m, long k, const float *w, long stride, float *p, long width);
  /// The same, rounded, in pairs along k: P is [(k + 1) / 2][width][2].
  void (*transpose_bf16)(long m, long k, const float *w, long stride, uint16_t *p, long width);

  // ---- elementwise ----------------------------------------------------------------------------
  // y may be x. NaN stays NaN; no other number becomes NaN. The errors were measured over all 2^32
  // patterns, and hold where the result is not a denormal number: that may become zero.

  /// 1 / (1 + e^-x), 2.49 ulp.
  void (*sigmoid)(long n, const float *x, float *y);
  /// Odd, and never beyond ±1; 2.57 ulp.
  void (*tanh)(long n, const float *x, float *y);
  /// Overflows to infinity, underflows to zero; 1.05 ulp.
  void (*exp)(long n, const float *x, float *y);
  /// Σ x² in double precision, in index order of 16 interleaved lanes.
  double (*sum_of_squares)(long n, const float *x);
  /// In place: logits → (softmax - onehot(target)) * scale. Returns -ln softmax[target].
  /// With scale 0 the logits are left as they are.
  float (*softmax_cross_entropy)(long n, float *logits, long target, float scale);
  /// y = x · keep / (1 - p) with keep = word >= threshold, word drawn at (key, update, purpose,
  /// row, index): the same Philox4x32-10 as RandomStream. May run in place.
  void (*dropout)(long n, const float *x, float *y, uint64_t seed, uint32_t purpose,
                  uint32_t update, uint32_t row, uint32_t threshold, float scale);

  /// sums[i] += Σ_j x[j * stride + i], in the order of j; n is a multiple of 16.
  void (*add_rows)(long k, long n, const float *x, long stride, float *sums);
  /// The same of the rows in `list`: sums[i] += Σ_j x[list[j] * stride + i].
  void (*add_listed_rows)(long k, const int32_t *list, long n, const float *x, long stride,
                          float *sums);
  /// y[i][j] += x[i][j], m rows of n.
  void (*add_block)(long m, long n, const float *x, long x_stride, float *y, long y_stride);

  // ---- recurrent cells: m rows, `groups` groups of 16 hidden units ------------------------------
  // Gate buffers hold, per group, the gates of its 16 units side by side (see PanelLayout).

  /// d = dh (1 - h²), of h = tanh(…), [m][16 groups].
  void (*rnn_tanh_backward)(long m, long groups, const float *h, long h_stride, const float *dh,
                            long dh_stride, float *d, long d_stride);
  /// d = dy y (1 - y).
  void (*sigmoid_backward)(long m, long groups, const float *y, long y_stride, const float *dy,
                           long dy_stride, float *d, long d_stride);
  /// Units that count steps: h = tanh(gates) where c_prev is 0, else h_prev; c = c_prev + 1 while
  /// that is below the unit's period, else 0. periods: one row. Counts are rounded when compared.
  void (*clockwork_forward)(long m, long groups, const float *gates, long gates_stride,
                            const float *periods, const float *c_prev, long c_prev_stride,
                            float *c, long c_stride, const float *h_prev, long h_prev_stride,
                            float *h, long h_stride);
  /// d: gradient of the pre-activations. dc, that of c, becomes that of c_prev. dh of units that
  /// rested is added to dh_prev.
  void (*clockwork_backward)(long m, long groups, const float *c_prev, long c_prev_stride,
                             const float *c, long c_stride, const float *h, long h_stride,
                             const float *dh, long dh_stride, float *d, long d_stride, float *dc,
                             long dc_stride, float *dh_prev, long dh_prev_stride);
  /// gates (i f g o): pre-activations in, activations out.  c = f c_prev + i g,  h = o tanh(c).
  void (*lstm_forward)(long m, long groups, float *gates, long gates_stride, const float *c_prev,
                       long c_prev_stride, float *c, long c_stride, float *h, long h_stride);
  /// gates: activations in, gradients of the pre-activations out. dc: in the gradient that reaches
  /// c(t) from later steps, out the gradient of c(t-1).
  void (*lstm_backward)(long m, long groups, float *gates, long gates_stride, const float *c_prev,
                        long c_prev_stride, const float *c, long c_stride, const float *dh,
                        long dh_stride, float *dc, long dc_stride);
  /// As the LSTM, gates f g o:  c = f c_prev + (1 - f) g,  h = o tanh(c).
  void (*lstm_coupled_forward)(long m, long groups, float *gates, long gates_stride,
                               const float *c_prev, long c_prev_stride, float *c, long c_stride,
                               float *h, long h_stride);
  void (*lstm_coupled_backward)(long m, long groups, float *gates, long gates_stride,
                                const float *c_prev, long c_prev_stride, const float *c,
                                long c_stride, const float *dh, long dh_stride, float *dc,
                                long dc_stride);
  /// As the LSTM, with p_i c_prev, p_f c_prev and p_o c added to the pre-activations of i, f, o.
  /// p: one row, per group p_i p_f p_o of its units.
  void (*lstm_peephole_forward)(long m, long groups, float *gates, long gates_stride,
                                const float *p, const float *c_prev, long c_prev_stride, float *c,
                                long c_stride, float *h, long h_stride);
  /// dp, overwritten: di c_prev, df c_prev, do c, in the order of p, a row each.
  void (*lstm_peephole_backward)(long m, long groups, float *gates, long gates_stride,
                                 const float *p, const float *c_prev, long c_prev_stride,
                                 const float *c, long c_stride, const float *dh, long dh_stride,
                                 float *dc, long dc_stride, float *dp, long dp_stride);
  /// GRU, reset after the projection. x (r z n): input parts with their biases in, activations out.
  /// u (r z n): recurrent parts with their biases, read. un: receives u's n block, [m][16 groups].
  /// n = tanh(x_n + r u_n),  h = (1 - z) n + z h_prev.
  void (*gru_forward)(long m, long groups, float *x, long x_stride, const float *u, long u_stride,
                      float *un, long un_stride, const float *h_prev, long h_prev_stride, float *h,
                      long h_stride);
  /// x: activations in, gradients of the input parts out. du: receives the gradients of the
  /// recurrent parts. dh z, the direct path, is added to dh_prev.
  void (*gru_backward)(long m, long groups, float *x, long x_stride, const float *un,
                       long un_stride, const float *h_prev, long h_prev_stride, const float *dh,
                       long dh_stride, float *du, long du_stride, float *dh_prev,
                       long dh_prev_stride);

  /// GRU without reset, gates z n:  h = (1 - z) n + z h_prev.
  void (*gru_simple_forward)(long m, long groups, float *gates, long gates_stride,
                             const float *h_prev, long h_prev_stride, float *h, long h_stride);
  /// dh z, the direct path, is added to dh_prev.
  void (*gru_simple_backward)(long m, long groups, float *gates, long gates_stride,
                              const float *h_prev, long h_prev_stride, const float *dh,
                              long dh_stride, float *dh_prev, long dh_prev_stride);

  /// minGRU, gates z n: z = sigmoid(z), n stays.
  void (*min_gru_activate)(long m, long groups, float *gates, long gates_stride);
  /// gates: activations in, gradients of the pre-activations out. dh (1 - z), the direct path, is
  /// added to dh_prev.
  void (*min_gru_backward)(long m, long groups, float *gates, long gates_stride,
                           const float *h_prev, long h_prev_stride, const float *dh,
                           long dh_stride, float *dh_prev, long dh_prev_stride);
  /// minLSTM, gates i f g: i and f through a sigmoid, g stays.  z = i / (i + f).
  void (*min_lstm_activate)(long m, long groups, float *gates, long gates_stride, float *z,
                            long z_stride);
  /// As of minGRU, with z beside the gates.
  void (*min_lstm_backward)(long m, long groups, float *gates, long gates_stride, const float *z,
                            long z_stride, const float *h_prev, long h_prev_stride,
                            const float *dh, long dh_stride, float *dh_prev, long dh_prev_stride);
  /// h = h_prev + z (n - h_prev). From one group of 16 units to the next z goes on by z_step
  /// elements, n by n_step.
  void (*mix)(long m, long groups, const float *z, long z_stride, long z_step, const float *n,
              long n_stride, long n_step, const float *h_prev, long h_prev_stride, float *h,
              long h_stride);

  // ---- what the machine can do at best ----------------------------------------------------------

  /// Multiplies and adds in registers only; returns the floating-point operations done.
  double (*peak_f32)(long rounds);
  /// The same with bf16 operands, as `panel_bf16` multiplies them, but without widening; null where
  /// that is.
  double (*peak_bf16)(long rounds);
  /// a = b + 3 c with stores past the caches; all aligned to 64 bytes, n a multiple of 16.
  void (*triad)(long n, float *a, const float *b, const float *c);

  // ---- optimizers: n weights, their gradients and moments; formulas in Runs/Optimizers ------

  void (*step_adam)(long n, float *w, const float *g, float *m, float *v, const unroll_step *c);
  void (*step_rmsprop)(long n, float *w, const float *g, float *s, const unroll_step *c);
  void (*step_adagrad)(long n, float *w, const float *g, float *s, const unroll_step *c);
} unroll_kernels;

/// The tables, or null where this processor or operating system lacks the instructions (CPUID and
/// XCR0 are asked, at every call: microseconds under a hypervisor, so keep the answer).
const unroll_kernels *unroll_kernels_avx2(void);
const unroll_kernels *unroll_kernels_avx512(void);
/// The AVX-512 table that multiplies bf16 by VDPBF16PS, or by FMAs with widened operands, to what that
/// instruction is specified to give; null where AVX512-BF16 is missing. `unroll_kernels_avx512` gives
/// the faster one, for which it measures both, a tenth of a millisecond at every call.
const unroll_kernels *unroll_kernels_bf16(bool widened);

/// Sets flush-to-zero and denormals-are-zero on the calling thread; returns the state before.
uint32_t unroll_flush_denormals(void);
/// Restores what `unroll_flush_denormals` returned.
void unroll_restore_denormals(uint32_t state);
/// A hint to the processor that the caller spins.
void unroll_spin_hint(void);

#endif
