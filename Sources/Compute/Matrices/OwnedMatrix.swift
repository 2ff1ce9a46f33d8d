/// A matrix with memory of its own, which stays as long as this does: what outlives a tape. Zeros at first.
package struct OwnedMatrix<S: MatrixElement>: Sendable {
  package let matrix: Matrix<S>
  private let memory: AlignedBuffer<S>

  package init(rows: Int, columns: Int) {
    let stride = Matrix<S>.stride(forColumns: columns)
    memory = AlignedBuffer(count: rows * stride)
    matrix = Matrix(base: memory.base, rows: rows, columns: columns, stride: stride)
  }

  package var byteCount: Int { memory.byteCount }
}
