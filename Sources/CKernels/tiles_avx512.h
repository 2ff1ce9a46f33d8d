// The tiles of the AVX-512 files: 24 sums and 5 operands in 32 registers at the most.
#define MAX_VECTORS 4
#define HALVED_ROWS 8
static const int max_rows[] = {0, 12, 12, 8, 6};
#define TILES                                                                                \
  X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) X(9, 1) X(10, 1) X(11, 1)  \
  X(12, 1) X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2) X(7, 2) X(8, 2) X(9, 2) X(10, 2)  \
  X(11, 2) X(12, 2) X(1, 3) X(2, 3) X(3, 3) X(4, 3) X(5, 3) X(6, 3) X(7, 3) X(8, 3) X(1, 4)  \
  X(2, 4) X(3, 4) X(4, 4) X(5, 4) X(6, 4)
