internal import CYaml

/// libyaml's events, put together.
struct YAMLReader {
  private let library: imprint_yaml
  private var anchors: [String: YAML] = [:]
  private var nodes = 0

  init(_ library: imprint_yaml) { self.library = library }

  mutating func read(_ bytes: [UInt8]) throws(YAML.Failure) -> YAML? {
    var parser = yaml_parser_t()
    guard library.yaml_parser_initialize(&parser) == 1 else { throw .tooLarge }
    defer { library.yaml_parser_delete(&parser) }
    // libyaml keeps the pointer: the bytes have to stay where they are until the parser goes.
    let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(bytes.count, 1))
    defer { input.deallocate() }
    _ = input.update(fromContentsOf: bytes)
    library.yaml_parser_set_input_string(&parser, input.baseAddress, bytes.count)
    while true {
      let event = try next(&parser)
      switch event {
      case .other: continue
      case .end: return nil
      default: return try value(event, &parser, depth: 0)
      }
    }
  }

  /// What of an event counts here, copied out of it.
  private enum Event {
    case scalar(String, anchor: String?)
    case alias(String)
    case beginSequence(anchor: String?)
    case beginMapping(anchor: String?)
    /// Of a sequence, a mapping or the stream.
    case end
    case other
  }

  private mutating func next(_ parser: inout yaml_parser_t) throws(YAML.Failure) -> Event {
    var event = yaml_event_t()
    guard library.yaml_parser_parse(&parser, &event) == 1 else {
      let mark = parser.problem_mark
      throw .malformed(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
    defer { library.yaml_event_delete(&event) }
    nodes += 1
    guard nodes <= YAML.nodeLimit else { throw .tooLarge }
    switch event.type {
    case YAML_SCALAR_EVENT:
      let text = UnsafeBufferPointer(start: event.data.scalar.value, count: event.data.scalar.length)
      return .scalar(String(decoding: text, as: UTF8.self), anchor: name(event.data.scalar.anchor))
    case YAML_ALIAS_EVENT: return .alias(name(event.data.alias.anchor) ?? "")
    case YAML_SEQUENCE_START_EVENT: return .beginSequence(anchor: name(event.data.sequence_start.anchor))
    case YAML_MAPPING_START_EVENT: return .beginMapping(anchor: name(event.data.mapping_start.anchor))
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT, YAML_STREAM_END_EVENT: return .end
    default: return .other
    }
  }

  private func name(_ pointer: UnsafeMutablePointer<UInt8>?) -> String? { pointer.map { String(cString: $0) } }

  /// The value that an event begins; nil where it ends the one around it.
  private mutating func value(
    _ event: Event, _ parser: inout yaml_parser_t, depth: Int
  ) throws(YAML.Failure) -> YAML? {
    guard depth <= YAML.depthLimit else { throw .tooLarge }
    switch event {
    case .scalar(let text, let anchor): return keep(.scalar(text), anchor)
    case .alias(let name):
      // An anchor that is not there, or that stands around its own alias, is an empty text: nothing of ours would have one.
      let value = anchors[name] ?? .scalar("")
      nodes += value.nodes
      guard nodes <= YAML.nodeLimit else { throw .tooLarge }
      return value
    case .beginSequence(let anchor):
      var items: [YAML] = []
      while let item = try value(try next(&parser), &parser, depth: depth + 1) { items.append(item) }
      return keep(.sequence(items), anchor)
    case .beginMapping(let anchor):
      var entries: [(key: String, value: YAML)] = []
      while let key = try value(try next(&parser), &parser, depth: depth + 1) {
        guard let value = try value(try next(&parser), &parser, depth: depth + 1) else { break }
        entries.append((key.text ?? "", value))
      }
      return keep(.mapping(unfold(entries)), anchor)
    case .end, .other: return nil
    }
  }

  private mutating func keep(_ value: YAML, _ anchor: String?) -> YAML {
    if let anchor { anchors[anchor] = value }
    return value
  }

  /// `<<: *defaults` stands for the entries of that mapping, where the one around it doesn't say otherwise (yaml.org/type/merge).
  private func unfold(_ entries: [(key: String, value: YAML)]) -> [(key: String, value: YAML)] {
    guard entries.contains(where: { $0.key == "<<" }) else { return entries }
    let merged = entries.filter { $0.key == "<<" }.flatMap { entry in
      if case .sequence(let items) = entry.value { items.reversed().flatMap(\.entries) } else { entry.value.entries }
    }
    return merged + entries.filter { $0.key != "<<" }
  }
}
