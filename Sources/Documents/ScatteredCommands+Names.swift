extension ScatteredCommands {
  /// Where the machine's name is read from: systemd's, SUSE's and the kernel's.
  static let nameFiles: Set = ["/etc/hostname", "/etc/HOSTNAME", "/proc/sys/kernel/hostname"]

  public static func isNameFile(_ path: String) -> Bool { nameFiles.contains(path) }

  /// What runs a command that stands behind it.
  private static let wrappers: Set = shells.union([
    "sudo", "su", "runuser", "exec", "command", "nohup", "env", "nice", "timeout", "setsid", "systemd-run",
    "cloud-init-per",
  ])

  /// From the program on that others run; the same words where none does.
  static func behindWrappers(_ words: ArraySlice<String>) -> ArraySlice<String> {
    guard let first = words.first, wrappers.contains(name(first)) else { return words }
    let programs = namers.union(editors).union(["tee", "uname"])
    return words[(words.firstIndex { programs.contains(name($0)) } ?? words.startIndex)...]
  }

  private static let namers: Set = ["hostname", "hostnamectl", "sysctl"]
  private static let editors: Set = ["cp", "mv", "install", "ln", "sed"]

  /// A command that may give the machine a name, or changes a file with it. Other words of that kind, such as an action's of
  /// NetworkManager-dispatcher(8), are none.
  ///
  /// - Parameter piped: what the commands say that it reads.
  func naming(_ words: ArraySlice<String>, _ piped: [String]) -> [String]? {
    let command = Self.behindWrappers(words)
    guard let program = command.first.map(Self.name) else { return nil }
    if Self.namers.contains(program) { return Array(command) }
    guard command.contains(where: { Self.nameFiles.contains(expanded($0, 0)) }) else { return nil }
    return program == "tee" ? Array(command) + piped : Self.editors.contains(program) ? Array(command) : nil
  }
}
