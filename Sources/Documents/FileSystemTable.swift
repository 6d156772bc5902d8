/// fstab(5), as far as it says what is mounted where.
public struct FileSystemTable: Sendable {
  public struct Entry: Equatable, Sendable {
    /// `UUID=…`, `/dev/vda2`, `server:/export`
    public var source: String
    /// Where in the tree: absolute, and without needless slashes.
    public var point: String
    public var type: String
    public var options: [String]

    /// nil where it is mounted nowhere in the tree.
    public init?(source: String, point: String, type: String, options: [String]) {
      guard point.hasPrefix("/") else { return nil }
      self.source = source
      self.point = "/" + point.split(separator: "/").joined(separator: "/")
      self.type = type
      self.options = options
    }
  }

  /// In the order of the file; of two for one place the first, which systemd takes (systemd-fstab-generator(8)).
  public let entries: [Entry]

  public init(_ bytes: [UInt8]) {
    var seen: Set<String> = []
    entries = Lines(bytes).compactMap { line in
      let fields = line.text.split { $0 == " " || $0 == "\t" }.map { Self.plain($0) }
      guard fields.count > 2, !fields[0].hasPrefix("#") else { return nil }
      return Entry(
        source: fields[0].filter { $0 != "\"" }, point: fields[1], type: fields[2],
        options: (fields.count > 3 ? fields[3] : "").split(separator: ",").map(String.init))
    }.filter { seen.insert($0.point).inserted }
  }

  /// `\040` is a blank, `\011` a tab (getmntent(3)); so it is in proc_pid_mountinfo(5).
  public static func plain(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }),
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
