import Testing
import Tree

@testable import Fixups

@Suite("Who makes sshd's keys at boot")
struct HostKeyMakerTests {
  static let units = "/etc/systemd/system"

  @Test(
    "what makes them is found",
    arguments: [
      ("/usr/lib/systemd/system/sshd-keygen@.service", "", true), ("/usr/sbin/sshd-gen-keys-start", "", true),
      ("\(units)/ssh.service.d/keys.conf", "[Service]\nExecStartPre=/usr/bin/ssh-keygen -A\n", true),
      ("\(units)/ssh.service.d/keys.conf", "[Service]\n#ExecStartPre=/usr/bin/ssh-keygen -A\n", false),
      ("\(units)/multi-user.target.wants/keys.service", "[Service]\nExecStart=-/usr/bin/ssh-keygen -A\n", true),
      ("\(units)/keys.service", "[Service]\nExecStart=/usr/bin/ssh-keygen -A\n", false),
    ])
  func makers(_ path: String, _ text: String, _ isFound: Bool) throws {
    let tree = MemoryTree(["/usr/sbin/sshd": "", path: text])
    #expect(try HostKeys.hasServerWithoutKeyMaker(tree) == !isFound)
    #expect(try !HostKeys.hasServerWithoutKeyMaker(MemoryTree([path: text])), "without a server nobody needs them")
  }

  @Test(
    "cloud-init makes them where it runs, and its module is on",
    arguments: [
      ("cloud_init_modules:\n - migrator\n - ssh\n", true), ("cloud_init_modules: [migrator, ssh]\n", true),
      ("cloud_init_modules:\n - migrator\n# - ssh\n - ssh-import-id\n", false), ("ssh_pwauth: false\n", false),
    ])
  func cloudInit(_ text: String, _ makes: Bool) throws {
    let files = ["/etc/cloud/cloud.cfg": text, "/lib/systemd/system/cloud-init.service": ""]
    #expect(try HostKeys.areMadeByCloudInit(MemoryTree(files)) == makes)
    let off = files.merging(["/etc/cloud/cloud-init.disabled": ""]) { $1 }
    #expect(try !HostKeys.areMadeByCloudInit(MemoryTree(off)))
    #expect(try !HostKeys.areMadeByCloudInit(MemoryTree(["/etc/cloud/cloud.cfg": text])))
  }
}
