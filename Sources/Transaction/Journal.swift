public import Tree

/// What a transaction means to do, and how far it came.
///
/// One text file, a record a line, fields separated by tabs. The intent ends with a checksum of all before it, so that
/// a torn one is not taken for a whole one; every step after that is one more line.
public struct Journal: Sendable {
  public enum Kind: String, Sendable { case create, replace, remove, makeDirectory, changeDirectory, removeDirectory }

  public struct Entry: Sendable {
    public var kind: Kind
    public var path: TreePath
    public var before: FileAttributes?
    public var beforeDigest: Digest?
    public var after: FileAttributes?
    public var afterDigest: Digest?
    /// What the commit left besides; nil where that is not known, as of an older imprint's.
    var afterExtended: ExtendedDigest?
    public var label: String
    /// As ``Operation/isRemade`` says.
    var isRemade = false
  }

  public enum State: String, Sendable {
    /// The intent is whole; nothing is renamed yet.
    case prepared
    /// Will be completed, whatever happens.
    case committed
    /// Was committed and failed; is being taken back.
    case aborting
    case applied
    /// Rolled back by a later transaction.
    case undone
  }

  /// Nothing of it is left to be finished or taken back.
  public var isOver: Bool { [.applied, .undone].contains(state) }

  /// Applied, and no undoing of another; one that brings back what was undone stands in its place.
  public var stands: Bool { state == .applied && !isRollback }

  var isRollback: Bool { undoes != nil && title.hasPrefix(Self.rollback) }

  public var id: String
  /// Seconds since the epoch.
  public var time: Int64
  public var title: String
  /// The transaction that this one rolls back.
  public var undoes: String?
  /// Seconds within which somebody has to confirm it, or it is undone; nil where nobody has to.
  public var confirmWithin: Int?
  public var entries: [Entry]
  public var state = State.prepared
  public var isConfirmed = false

  /// Applied, and to be undone unless it is confirmed in time.
  public var awaitsConfirmation: Bool { state == .applied && confirmWithin != nil && !isConfirmed }

  public static let name = "journal"
  static let rollback = "rollback of "
  private static let header = "imprint-journal\t1"

  /// The intent as it is written first, its checksum line included.
  var intent: [UInt8] {
    var lines = [Self.header, "id\t\(id)", "time\t\(time)", "title\t\(Field.escape(title))"]
    if let undoes { lines.append("undoes\t\(undoes)") }
    if let confirmWithin { lines.append("confirm-within\t\(confirmWithin)") }
    for entry in entries {
      let fields = [
        "entry", entry.kind.rawValue, Field.escape(entry.path.description), Self.text(entry.before),
        entry.beforeDigest?.description ?? "-", Self.text(entry.after), entry.afterDigest?.description ?? "-",
        Field.escape(entry.label),
      ]
      lines.append(fields.joined(separator: "\t"))
    }
    let body = Array((lines.joined(separator: "\n") + "\n").utf8)
    return body + Array("end\t\(Digest(of: body))\n".utf8)
  }

  /// A line of its own, also after one that was torn by a full disk.
  ///
  /// - Parameters:
  ///   - left: What the files have besides their contents, by the places of their entries. An older imprint passes over it, and over
  ///   - remade: the places of entries that ``Entry/isRemade``.
  static func step(
    _ state: State, left: [(index: Int, extended: ExtendedDigest)] = [], remade: [Int] = []
  ) -> [UInt8] {
    let lines =
      left.map { "\(extendedWord)\t\($0.index)\t\($0.extended)\n" } + remade.map { "\(remadeWord)\t\($0)\n" }
    return Array("\n\(state.rawValue)\n\(lines.joined())".utf8)
  }

  /// Whether a step was ever taken: the intent was on disk before it, so that one which is none has been damaged since.
  static func tellsOfSteps(_ bytes: [UInt8]) -> Bool {
    bytes.split(separator: 0x0A).contains { State(rawValue: String(decoding: $0, as: UTF8.self)) != nil }
  }

  private static let extendedWord = "extended"
  private static let remadeWord = "remade"

  static let confirmed = "confirmed"

  /// Reads a journal; nil where the intent is torn, so that nothing was done yet.
  ///
  /// - Throws: ``TransactionError`` where the checksum is right and the contents are not: a newer imprint's journal.
  init?(_ bytes: [UInt8], from path: TreePath) throws(TransactionError) {
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard let end = lines.firstIndex(where: { $0.starts(with: "end\t".utf8) }), end + 1 < lines.count else {
      return nil
    }
    let body = Array(bytes[..<lines[end].startIndex])
    guard String(decoding: lines[end].dropFirst(4), as: UTF8.self) == Digest(of: body).description else { return nil }
    id = ""
    time = 0
    title = ""
    entries = []
    let invalid = TransactionError(.invalidState, "\(path) was written by another version of imprint")
    guard let first = lines.first, String(decoding: first, as: UTF8.self) == Self.header else { throw invalid }
    for line in lines[1..<end] {
      let fields = line.split(separator: 0x09, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      switch (fields[0], fields.count) {
      case ("id", 2): id = fields[1]
      case ("time", 2): time = Int64(fields[1]) ?? 0
      case ("title", 2): title = Field.unescape(fields[1])
      case ("undoes", 2): undoes = fields[1]
      case ("confirm-within", 2): confirmWithin = Int(fields[1])
      case ("entry", 8):
        guard let kind = Kind(rawValue: fields[1]), let path = TreePath(Field.unescape(fields[2])) else {
          throw invalid
        }
        entries.append(
          Entry(
            kind: kind, path: path, before: Self.attributes(fields[3]), beforeDigest: Digest(hexadecimal: fields[4]),
            after: Self.attributes(fields[5]), afterDigest: Digest(hexadecimal: fields[6]),
            label: Field.unescape(fields[7])))
      default: throw invalid
      }
    }
    // The last line is whole only where a newline follows it.
    for line in lines[(end + 1)...].dropLast() {
      let text = String(decoding: line, as: UTF8.self)
      if let state = State(rawValue: text) { self.state = state }
      if text == Self.confirmed { isConfirmed = true }
      let fields = line.split(separator: 0x09, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      if fields.count == 4, fields[0] == Self.extendedWord, let index = Int(fields[1]), entries.indices.contains(index)
      {
        entries[index].afterExtended = ExtendedDigest(fields[2], fields[3])
      }
      if fields.count == 2, fields[0] == Self.remadeWord, let index = Int(fields[1]), entries.indices.contains(index) {
        entries[index].isRemade = true
      }
    }
  }

  init(id: String, time: Int64, title: String, undoes: String?, confirmWithin: Int?, entries: [Entry]) {
    self.id = id
    self.time = time
    self.title = title
    self.undoes = undoes
    self.confirmWithin = confirmWithin
    self.entries = entries
  }

  private static func text(_ attributes: FileAttributes?) -> String {
    attributes.map { "\($0.owner):\($0.group):\($0.mode)" } ?? "-"
  }

  private static func attributes(_ text: String) -> FileAttributes? {
    let parts = Array(text.utf8).split(separator: UInt8(ascii: ":")).map { String(decoding: $0, as: UTF8.self) }
    guard parts.count == 3, let owner = UInt32(parts[0]), let group = UInt32(parts[1]),
      let mode = UInt32(parts[2], radix: 8)
    else { return nil }
    return FileAttributes(owner: owner, group: group, mode: FileMode(mode))
  }
}
