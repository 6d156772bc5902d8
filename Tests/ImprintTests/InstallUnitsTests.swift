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
    // systemctl(1) itself, on the image.
    let systemctl = try RealProgram.needed("systemctl")
    for (unit, target) in [
      ("imprint-boot", "sysinit"), ("imprint-join", "multi-user"), ("imprint-fenced", "multi-user"),
    ] {
      let wanted = "\(root)\(directory)/\(target).target.wants/\(unit).service"
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: wanted) == "../\(unit).service")
      #expect(try await systemctl.run(["--root", root, "is-enabled", unit]).output == "static\n")
    }
    #expect(!FileManager.default.fileExists(atPath: "\(root)/etc"))
    let joining = try String(contentsOfFile: "\(root)\(directory)/imprint-join.service", encoding: .utf8)
    #expect(joining.contains("\nExecStart=/opt/imprint/bin/imprint boot --online\n"))
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
