import Corpora

extension Vocabulary {
  /// The id of a token, that of `<unk>` for one outside a vocabulary that was learnt from texts.
  func known(_ token: String) -> Int32 {
    guard let id = id(of: token) else { preconditionFailure("a vocabulary without <unk>") }
    return id
  }
}
