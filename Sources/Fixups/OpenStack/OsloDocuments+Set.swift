internal import Documents
internal import Tree

extension OsloDocuments {
  /// Makes a service read this value, in whichever of its files it is set, and in all of them: another service may read
  /// only some.
  ///
  /// A package's own file is left alone where a later file can say otherwise. An option that is set nowhere goes into
  /// `edited`, and nowhere where that is nil.
  ///
  /// - Returns: whether the service reads it now. Not so: no file is there to say it in.
  mutating func set(
    _ section: String, _ option: String, to value: String, in order: [TreePath], edited: TreePath?,
    because reason: (_ said: String?) -> String
  ) throws -> Bool {
    for path in order {
      guard let document = self[path], !document.isVendors else { continue }
      let said = document.config.values(section, option)
      guard let stale = said.last(where: { $0 != value }) else { continue }
      try edit(path, because: reason(stale)) { config throws(EditError) in try config.set(section, option, to: value) }
    }
    let now = self.value(section, option, in: order)
    if now?.value == value { return true }
    let setter = now.flatMap { order.lastIndex(of: $0.path) } ?? -1
    if let edited, let place = order.lastIndex(of: edited), place > setter {
      try edit(edited, because: reason(now?.value)) { config throws(EditError) in
        try config.set(section, option, to: value)
      }
      return true
    }
    guard let now else { return false }
    try edit(now.path, because: reason(now.value)) { config throws(EditError) in
      try config.set(section, option, to: value)
    }
    return true
  }
}
