import Foundation
import Support
import Testing

@Suite struct InstallUnitsTests {
  @Test func `the service is enabled with its program, every unit of the list has its drop-in, and twice is once`()
    async throws
  {
    let scratch = try Scratch()
    let script = RealProgram(path: "\(Repository.path)/Scripts/install-units")
    let root = "\(scratch.path)/image"
    try await script.run(["\(root)/", "/opt/imprint/bin"]).succeeded("install-units")
    let first = try TreeRecord(of: root)
    let directory = "/usr/lib/systemd/system"
    let service = try String(contentsOfFile: "\(root)\(directory)/imprint-boot.service", encoding: .utf8)
    #expect(service.contains("\nExecStart=/opt/imprint/bin/imprint boot\n"))
    let wanted = "\(root)/etc/systemd/system/sysinit.target.wants/imprint-boot.service"
    let target = try FileManager.default.destinationOfSymbolicLink(atPath: wanted)
    #expect(target == "\(directory)/imprint-boot.service")
    let join = "\(root)/etc/systemd/system/multi-user.target.wants/imprint-join.service"
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: join) == "\(directory)/imprint-join.service")
    let joining = try String(contentsOfFile: "\(root)\(directory)/imprint-join.service", encoding: .utf8)
    #expect(joining.contains("\nExecStart=/opt/imprint/bin/imprint boot --online\n"))
    let again = "\(root)/etc/systemd/system/multi-user.target.wants/imprint-fenced.service"
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: again) == "\(directory)/imprint-fenced.service")
    let list = try String(contentsOfFile: "\(Repository.path)/Units/fenced-units", encoding: .utf8)
    let units = list.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(units.count > 30)
    for unit in units {
      let dropIn = "\(root)\(directory)/\(unit).d/50-imprint-fence.conf"
      let text = try String(contentsOfFile: dropIn, encoding: .utf8)
      #expect(text.contains("\nConditionPathExists=!/run/imprint/fenced\nAfter=imprint-boot.service\n"))
    }
    try await script.run([root, "/opt/imprint/bin"]).succeeded("install-units again")
    #expect(try TreeRecord(of: root).differences(from: first, .restored) == [])
    #expect(try await script.run([]).status == 64)
  }
}
