internal import Fixups
internal import Transaction
internal import Tree

/// From what a plan wants to what a transaction does: keys are made, contents become bytes.
struct Materialization {
  static func operations(for changes: [Change]) throws -> [Operation] {
    let keys = try KeyGeneration.pairs(for: Set(changes.compactMap(\.keyRequest)))
    return try changes.map { change in
      let action: Operation.Action =
        switch change.action {
        case .remove: .remove
        case .directory(let attributes): .directory(attributes)
        case .write(let content, let attributes): .write(try bytes(content, keys), attributes)
        }
      return Operation(
        change.path, action, before: before(change.before), label: change.fixup, isRemade: change.isRemade)
    }
  }

  /// The same for looking ahead, without contents, keys and digests.
  static func outline(of changes: [Change]) -> [Operation] {
    changes.map { change in
      let action: Operation.Action =
        switch change.action {
        case .remove: .remove
        case .directory(let attributes): .directory(attributes)
        case .write(_, let attributes): .write([], attributes)
        }
      let before: Operation.Before =
        if case .file(let file) = change.before { .file(file.identity, file.attributes, nil) } else {
          before(change.before)
        }
      return Operation(change.path, action, before: before, label: change.fixup)
    }
  }

  private static func bytes(_ content: Content, _ keys: [KeyRequest: KeyGeneration.Pair]) throws -> [UInt8] {
    switch content {
    case .bytes(let bytes): return bytes
    case .privateKey(let request):
      if let pair = keys[request] { return pair.privateKey }
    case .publicKey(let request):
      if let pair = keys[request] { return pair.publicKey }
    }
    throw EngineError(.inputOutput, "a key was not made")
  }

  private static func before(_ before: Before) -> Operation.Before {
    switch before {
    case .absent: .absent
    case .file(let snapshot): .file(snapshot.identity, snapshot.attributes, Digest(of: snapshot.bytes))
    case .unread(let status): .file(status.identity, status.attributes, nil)
    case .directory(let attributes): .directory(attributes)
    }
  }
}

extension Change {
  var keyRequest: KeyRequest? {
    guard case .write(let content, _) = action else { return nil }
    switch content {
    case .bytes: return nil
    case .privateKey(let request), .publicKey(let request): return request
    }
  }
}
