internal import Transaction

/// What happens in an activation, as it happens. One line of text each, so that whoever started it, and whoever comes
/// later, can follow it from a file.
public enum ActivationEvent: Sendable, Hashable {
  /// What there is to do, in order.
  case planned([String])
  /// Something that a person should know, and nothing is done about.
  case noted(String)
  case started(String)
  case finished(String, milliseconds: Int)
  case failed(String, reason: String)
  /// Everything is being undone.
  case undoing(reason: String)
  /// All is in effect; it will be undone unless somebody confirms it.
  case awaiting(seconds: Int)
  case ended(ActivationOutcome)

  private var fields: [String] {
    switch self {
    case .planned(let steps): ["planned"] + steps
    case .noted(let words): ["noted", words]
    case .started(let step): ["started", step]
    case .finished(let step, let milliseconds): ["finished", step, String(milliseconds)]
    case .failed(let step, let reason): ["failed", step, reason]
    case .undoing(let reason): ["undoing", reason]
    case .awaiting(let seconds): ["awaiting", String(seconds)]
    case .ended(let outcome): ["ended"] + outcome.fields
    }
  }

  /// Without a newline at its end.
  var line: String { fields.map(Field.escape).joined(separator: "\t") }

  /// nil for a line that is torn, or a newer imprint's.
  init?(line: Substring) {
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { Field.unescape(String($0)) }
    switch (fields.first, fields.count) {
    case ("planned", _): self = .planned(Array(fields.dropFirst()))
    case ("noted", 2): self = .noted(fields[1])
    case ("started", 2): self = .started(fields[1])
    case ("finished", 3): self = .finished(fields[1], milliseconds: Int(fields[2]) ?? 0)
    case ("failed", 3): self = .failed(fields[1], reason: fields[2])
    case ("undoing", 2): self = .undoing(reason: fields[1])
    case ("awaiting", 2): self = .awaiting(seconds: Int(fields[1]) ?? 0)
    case ("ended", _):
      guard let outcome = ActivationOutcome(fields: Array(fields.dropFirst())) else { return nil }
      self = .ended(outcome)
    default: return nil
    }
  }
}

/// How an activation ended.
public enum ActivationOutcome: Sendable, Hashable {
  /// Everything is in effect and well.
  case done
  /// Something is not, and nothing was undone; what, the events before it say.
  case incomplete
  /// Everything was undone, files and all, for this reason.
  case undone(reason: String)
  /// It was to be undone, and that failed too.
  case stuck(reason: String)

  fileprivate var fields: [String] {
    switch self {
    case .done: ["done"]
    case .incomplete: ["incomplete"]
    case .undone(let reason): ["undone", reason]
    case .stuck(let reason): ["stuck", reason]
    }
  }

  fileprivate init?(fields: [String]) {
    switch (fields.first, fields.count) {
    case ("done", 1): self = .done
    case ("incomplete", 1): self = .incomplete
    case ("undone", 2): self = .undone(reason: fields[1])
    case ("stuck", 2): self = .stuck(reason: fields[1])
    default: return nil
    }
  }
}

extension Consequence.Action {
  /// In words, as an event names it: stable, so that an activation that was interrupted knows what it has done.
  public var words: String {
    switch self {
    case .reloadSystemd: Self.reloadingSystemd
    case .setHostname(let name): "set the host name to \(name)"
    case .renewLink(let interface): "bring \(interface) up again"
    case .restart(let unit): "restart \(unit)"
    case .reload(let unit): "reload \(unit)"
    }
  }

  private static let reloadingSystemd = "have systemd read its units again"

  /// From those words; nil for others.
  init?(words: String) {
    func rest(_ prefix: String, _ suffix: String = "") -> String? {
      guard words.hasPrefix(prefix), words.hasSuffix(suffix) else { return nil }
      return String(words.dropFirst(prefix.count).dropLast(suffix.count))
    }
    if words == Self.reloadingSystemd {
      self = .reloadSystemd
    } else if let unit = rest("restart ") {
      self = .restart(unit)
    } else if let unit = rest("reload ") {
      self = .reload(unit)
    } else if let interface = rest("bring ", " up again") {
      self = .renewLink(interface)
    } else if let name = rest("set the host name to ") {
      self = .setHostname(name)
    } else {
      return nil
    }
  }
}
