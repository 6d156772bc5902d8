internal import Documents
internal import Engine
internal import Site

/// What a bake came to, for people.
struct BakeText {
  let ink: Palette

  func text(_ report: BakeReport) -> String {
    var lines: [String] = []
    for remark in report.remarks {
      lines.append("\(ink(.warning, "!")) \(NodeSet.folded(remark.nodes, atMost: 4)): \(remark.text)")
    }
    for entry in report.entries where entry.state == .failed {
      lines.append("\(ink(.bad, "✗")) \(entry.node): \(entry.failure?.description.printableLines ?? "")")
    }
    lines.append(summary(report))
    if let amount = amount(report) { lines.append(amount) }
    if report.form == .overlay, let first = report.entries.first(where: { $0.state == .baked || $0.state == .before }) {
      lines += ["to mount one, wherever the template stays where and as it is:", "  \(Self.mount(first, report))"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func summary(_ report: BakeReport) -> String {
    func names(_ state: BakeReport.State) -> [NodeName] {
      report.entries.filter { $0.state == state }.map(\.node)
    }
    let (baked, before) = (names(.baked).count, names(.before).count)
    let form = report.form == .overlay ? "overlays" : report.form == .tree ? "trees" : "images"
    var text = "\(baked + before) of \(report.entries.count) \(form) are in \(report.folder)"
    if before > 0 { text += ", \(before) of them from before" }
    text += "  " + ink(.faint, ActivationText.time(report.milliseconds))
    guard !report.isDone else { return ink(.good, "✓") + " \(text)" }
    let (failed, left) = (names(.failed), names(.left))
    if !failed.isEmpty { text += "\n  failed: \(NodeSet.folded(failed))" }
    if !left.isEmpty { text += "\n  not made: \(NodeSet.folded(left)); the same command goes on with them" }
    return ink(.bad, "✗") + " \(text)"
  }

  private func amount(_ report: BakeReport) -> String? {
    let made = report.entries.filter { $0.state == .baked }.compactMap(\.baked)
    guard report.form != .overlay, !made.isEmpty else { return nil }
    let (shared, written) = (made.map(\.shared).reduce(0, +), made.map(\.written).reduce(0, +))
    return ink(
      .faint, "  \(Self.size(shared)) shared with the template, \(Self.size(written)) written")
  }

  /// With the prefix that leaves one to three digits.
  static func size(_ bytes: UInt64) -> String {
    var (value, prefixes) = (Double(bytes), ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"][...])
    while value >= 1000, prefixes.count > 1 {
      value /= 1024
      prefixes = prefixes.dropFirst()
    }
    let number = value < 10 && prefixes.first != "bytes" ? "\((value * 10).rounded() / 10)" : "\(Int(value.rounded()))"
    return "\(number) \(prefixes.first ?? "")"
  }

  /// The command that mounts a node's overlay.
  static func mount(_ entry: BakeReport.Entry, _ report: BakeReport) -> String {
    let options = [
      ("lowerdir", report.template), ("upperdir", "\(entry.path)/upper"), ("workdir", "\(entry.path)/work"),
    ]
    // What separates options and layers is escaped (mount(8), overlay), and the whole of it quoted for a shell.
    let text = options.map { key, path in
      "\(key)=" + path.map { "\\,:".contains($0) ? "\\\($0)" : String($0) }.joined()
    }.joined(separator: ",")
    let isPlain = text.utf8.allSatisfy { byte in
      UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
        || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || "/.,=_-+".utf8.contains(byte)
    }
    return "mount -t overlay overlay -o " + (isPlain ? text : "'\(text.replacing("'", with: #"'\''"#))'") + " DIRECTORY"
  }
}
