internal import Documents
internal import Tree

/// `OS_SECTION__OPTION=value`, as oslo.config has it in a service's environment.
struct EnvironmentSetting {
  /// Who reads a file, and by which rules.
  enum Reader {
    /// systemd, as a unit or its own settings.
    case unit
    /// systemd, as `EnvironmentFile=` of a unit.
    case variables
    /// A shell that sources it, as Debian's init scripts do (openstack-pkg-tools, init-script-template).
    case shell
  }

  private let assignment: EnvironmentAssignment
  let section: String
  let option: String

  var name: String { assignment.name }
  var value: String { assignment.value }
  var line: Int { assignment.line }
  /// Only the reader knows what it comes to: it is each node's own as a rule, and is never edited.
  var isWorkedOut: Bool { assignment.isWorkedOut }

  var asOption: OsloConfig.Option { .init(section: section, key: option, value: value, line: line) }

  func edit(to value: String) -> EnvironmentAssignment.Edit? { assignment.edit(to: value) }

  init?(_ assignment: EnvironmentAssignment) {
    guard assignment.name.hasPrefix("OS_"), !assignment.value.isEmpty,
      assignment.name.utf8.allSatisfy(Self.isNamed),
      let mark = assignment.name.dropFirst(3).firstRange(of: "__")
    else { return nil }
    let section = assignment.name.dropFirst(3)[..<mark.lowerBound]
    guard !section.isEmpty else { return nil }
    self.assignment = assignment
    self.section = section == "DEFAULT" ? "DEFAULT" : section.lowercased()
    option = assignment.name[mark.upperBound...].lowercased()
  }

  static func all(in file: FileSnapshot, _ reader: Reader) -> [EnvironmentSetting] {
    // Most files have none.
    guard file.bytes.mayContain(Array("OS_".utf8)) else { return [] }
    let assignments =
      switch reader {
      case .unit: unit(UnitText(file.bytes))
      case .variables: EnvironmentFile.assignments(in: file.bytes)
      case .shell: ShellAssignments(file.bytes).environment
      }
    return assignments.compactMap { EnvironmentSetting($0) }
  }

  private static func unit(_ unit: UnitText) -> [EnvironmentAssignment] {
    // What a unit takes away is not given.
    unit.settings.filter { $0.key != "UnsetEnvironment" }.flatMap { unit.assignments(of: $0) }
  }

  private static func isNamed(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
