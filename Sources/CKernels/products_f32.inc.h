// The table entries of an f32 instruction set.

static void panel_f32(long m, long n, long k, const float *a, long a_stride, const float *p,
                      long width, float *c, long c_stride, bool add) {
  multiply(m, n, k, a, a_stride, 1, p, width, c, c_stride,
           add ? UNROLL_CONTINUED : UNROLL_REPLACED);
}

static void packed_f32(long m, long n, long k, const float *a, long a_stride, const float *p,
                       long width, float *c, long c_stride, unroll_target onto) {
  multiply(m, n, k, a, 1, a_stride, p, width, c, c_stride, onto);
}

#define F32_KERNELS                                                                              \
  .panel_f32 = panel_f32, .packed_f32 = packed_f32, .gather_f32 = gather_f32,                    \
  .gather_blocks_f32 = gather_blocks_f32, .transpose_f32 = transpose_f32,                        \
  .sigmoid = sigmoid_all, .tanh = tanh_all, .exp = exp_all, .sum_of_squares = sum_of_squares,    \
  .softmax_cross_entropy = softmax_cross_entropy, .add_rows = add_rows,                         \
  .add_listed_rows = add_listed_rows, .add_block = add_block, .dropout = dropout,                \
  .rnn_tanh_backward = rnn_tanh_backward,                                                        \
  .lstm_forward = lstm_forward, .lstm_backward = lstm_backward,                                  \
  .lstm_coupled_forward = lstm_coupled_forward, .lstm_coupled_backward = lstm_coupled_backward,  \
  .lstm_peephole_forward = lstm_peephole_forward,                                                \
  .lstm_peephole_backward = lstm_peephole_backward, .gru_forward = gru_forward,                  \
  .gru_backward = gru_backward, .gru_simple_forward = gru_simple_forward,                        \
  .gru_simple_backward = gru_simple_backward, .min_gru_activate = min_gru_activate,              \
  .min_gru_backward = min_gru_backward, .min_lstm_activate = min_lstm_activate,                  \
  .min_lstm_backward = min_lstm_backward, .mix = mix, .sigmoid_backward = sigmoid_back,          \
  .clockwork_forward = clockwork_forward, .clockwork_backward = clockwork_backward,              \
  .step_adam = step_adam,                                                                        \
  .step_rmsprop = step_rmsprop, .step_adagrad = step_adagrad, .peak_f32 = peak_f32, .triad = triad
