internal import Documents
internal import Site
internal import Tree

/// What the files of a boot loader start the kernel with, word by word.
struct BootLoaderWords {
  static let paths = [
    "/etc/default/grub", "/etc/default/grub.d/*.cfg", "/etc/kernel/cmdline", "/boot/grub/grub.cfg",
    "/boot/grub2/grub.cfg", "/boot/grub2/grubenv", "/boot/efi/EFI/*/grub.cfg", "/boot/efi/EFI/*/grubenv",
    "/boot/loader/entries/*.conf", "/boot/efi/loader/entries/*.conf", "/efi/loader/entries/*.conf",
  ]

  private let files: [FileSnapshot]

  init(_ tree: any TreeReading) throws { files = try tree.regularFiles(matching: Self.paths) }

  /// The lines that say something, counted from 1: no remarks, and of grub's environment only what an entry refers to, as those of Red
  /// Hat's 8 do with `options $kernelopts`.
  var lines: [(path: TreePath, number: Int, text: String)] {
    files.flatMap { file in
      Lines(file.bytes).enumerated().compactMap { index, line -> (path: TreePath, number: Int, text: String)? in
        let text = line.text
        guard !text.trimmingBlanks.hasPrefix("#") else { return nil }
        guard Self.isEnvironment(file) else { return (file.path, index + 1, text) }
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, isReferred(String(parts[0])) else { return nil }
        return (file.path, index + 1, String(parts[1]))
      }
    }
  }

  private static func isEnvironment(_ file: FileSnapshot) -> Bool { file.path.name == "grubenv" }

  /// Whether the kernel gets a variable of grub's.
  private func isReferred(_ variable: String) -> Bool {
    files.contains { file in
      !Self.isEnvironment(file)
        && Lines(file.bytes).contains { line in
          let words = line.text.split { $0.isWhitespace || $0 == "\"" || $0 == "'" }
          guard let command = words.first, command == "options" || command.hasPrefix("linux") else { return false }
          return words.contains("$\(variable)") || words.contains("${\(variable)}")
        }
    }
  }

  static func words(after key: String, in text: String) -> [Substring] {
    text.split { $0.isWhitespace || $0 == "\"" || $0 == "'" }.filter { $0.hasPrefix(key) }
      .map { $0.dropFirst(key.count) }
  }

  /// The address that `ip=` gives an interface (the kernel's nfsroot.txt, dracut.cmdline(7)).
  static func address(_ word: Substring) -> IPAddress? {
    let field = word.first == "[" ? word.dropFirst().prefix { $0 != "]" } : word.prefix { $0 != ":" }
    return try? IPAddress(String(field))
  }

  /// The MAC address at the end of `ifname=` and of `ip=`.
  static func card(_ word: Substring) -> MACAddress? {
    let address = word.suffix(17)
    return address.count == 17 && word.dropLast(17).last == ":" ? try? MACAddress(String(address)) : nil
  }
}

extension UniqueValues {
  /// What two trees may have in common there, whatever their own files say.
  static func started(
    _ template: Template, _ keys: [String], _ value: (Substring) -> String?
  ) throws -> [UniqueValue] {
    try BootLoaderWords(template.tree).lines.flatMap { path, _, text in
      keys.flatMap { BootLoaderWords.words(after: $0, in: text) }.compactMap(value).map { UniqueValue(path, $0) }
    }
  }
}
