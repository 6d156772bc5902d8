import Foundation
import Site
import Support
import Testing

@testable import Identity

/// A sys, proc and run of a machine that does not exist.
struct FakeMachine {
  let scratch: Scratch
  var root: String { scratch.path }

  init() throws { scratch = try Scratch() }

  func put(_ text: String, _ path: String) throws { try scratch.write(text, to: path) }

  /// A link below /sys/class/net, and what kind it is of.
  func link(_ name: String, _ address: String, _ more: [String: String] = [:]) throws {
    try put("1\n", "sys/class/net/\(name)/type")
    try put("\(address)\n", "sys/class/net/\(name)/address")
    try put("0\n", "sys/class/net/\(name)/addr_assign_type")
    for (file, text) in more { try put(text, "sys/class/net/\(name)/\(file)") }
  }

  var facts: MachineFacts { MachineFacts(root: root) }
}

@Suite("What a machine says of itself")
struct MachineFactsTests {
  @Test("firmware and cards of a physical machine") func physical() throws {
    let machine = try FakeMachine()
    try machine.put("4C4C4544-0042-3510-8051-B4C04F4B3132\n", "sys/class/dmi/id/product_uuid")
    try machine.put("  B5QKK12 \n", "sys/class/dmi/id/product_serial")
    try machine.link("ens34", "00:0c:29:aa:bb:cd", ["device/vendor": "0x15ad\n"])
    try machine.link("ens33", "00:0C:29:AA:BB:CC", ["device/vendor": "0x15ad\n"])
    let facts = machine.facts
    #expect(facts.uuid?.description == "4c4c4544-0042-3510-8051-b4c04f4b3132")
    #expect(facts.serial == "B5QKK12")
    #expect(facts.macs.map(\.description) == ["00:0c:29:aa:bb:cc", "00:0c:29:aa:bb:cd"])
    #expect(!facts.isContainer)
  }

  @Test("what software made is no card") func software() throws {
    let machine = try FakeMachine()
    try machine.link("ens33", "00:0c:29:aa:bb:cc", ["device/vendor": "x"])
    try machine.link("br0", "00:0c:29:aa:bb:01", ["bridge/bridge_id": "x"])
    try machine.link("bond0", "00:0c:29:aa:bb:02", ["bonding/mode": "x"])
    try machine.link("ens33.7", "00:0c:29:aa:bb:03", ["uevent": "DEVTYPE=vlan\n"])
    try machine.link("tap0", "00:0c:29:aa:bb:04", ["tun_flags": "0x1002\n"])
    try machine.link("docker0", "02:42:ac:11:00:02", ["uevent": "DEVTYPE=bridge\n"])
    try machine.link("veth1", "02:42:ac:11:00:03")
    try machine.put("772\n", "sys/class/net/lo/type")
    #expect(machine.facts.macs.map(\.description) == ["00:0c:29:aa:bb:cc"])
  }

  @Test(
    "a card's own address is what counts",
    arguments: [
      ("a port of a bond", ["bonding_slave/perm_hwaddr": "00:0c:29:aa:bb:99\n"], ["00:0c:29:aa:bb:99"]),
      ("one that is random at each start", ["addr_assign_type": "1\n"], []),
      ("one taken from another link", ["addr_assign_type": "2\n"], []),
      ("one that somebody set, over one that cannot be asked for", ["addr_assign_type": "3\n"], []),
      ("one of an old kernel that says nothing about it", ["addr_assign_type": ""], ["00:0c:29:aa:bb:cc"]),
    ] as [(String, [String: String], [String])])
  func ownAddress(_ what: String, _ files: [String: String], _ expected: [String]) throws {
    let machine = try FakeMachine()
    try machine.link("ens33", "00:0c:29:aa:bb:cc", files.merging(["device/vendor": "x"]) { $1 })
    #expect(machine.facts.macs.map(\.description) == expected, "\(what)")
  }

  @Test(
    "in a container the firmware is the host's, and the cards are what the host handed in",
    arguments: [("run/systemd/container", "systemd-nspawn\n"), ("proc/1/environ", "HOME=/\0container=lxc\0TERM=x")])
  func container(_ path: String, _ text: String) throws {
    let machine = try FakeMachine()
    try machine.put(text, path)
    try machine.put("4C4C4544-0042-3510-8051-B4C04F4B3132\n", "sys/class/dmi/id/product_uuid")
    try machine.put("B5QKK12\n", "sys/class/dmi/id/product_serial")
    try machine.link("ens33", "52:54:00:00:00:21", ["addr_assign_type": "3\n", "uevent": "INTERFACE=ens33\n"])
    try machine.link("mv0", "52:54:00:00:00:22", ["uevent": "DEVTYPE=macvlan\n"])
    try machine.link("br0", "52:54:00:00:00:23", ["bridge/bridge_id": "x", "uevent": "DEVTYPE=bridge\n"])
    try machine.link("veth7", "52:54:00:00:00:24", ["addr_assign_type": "1\n"])
    let facts = machine.facts
    #expect(facts.isContainer)
    #expect(facts.uuid == nil && facts.serial == nil)
    #expect(facts.macs.map(\.description) == ["52:54:00:00:00:21", "52:54:00:00:00:22"])
  }

  @Test("an environment that only mentions containers is none") func noContainer() throws {
    let machine = try FakeMachine()
    try machine.put("my_container=1\0container=\0", "proc/1/environ")
    #expect(!machine.facts.isContainer)
  }

  @Test(
    "what firmware says that was never told is nothing",
    arguments: [
      "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
      "03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009",
      "11111111-1111-1111-1111-111111111111", "Not Settable", "",
    ])
  func placeholderUUIDs(_ text: String) throws {
    let machine = try FakeMachine()
    try machine.put("\(text)\n", "sys/class/dmi/id/product_uuid")
    #expect(machine.facts.uuid == nil)
    #expect(machine.facts.isEmpty)
  }

  @Test(
    "and so are serial numbers that are none",
    arguments: [
      "Not Specified", "To be filled by O.E.M.", "Default string", "None", "0", "00000000", "...", "0123456789", "   ",
      "System Serial Number", "N/A",
    ])
  func placeholderSerials(_ text: String) throws {
    let machine = try FakeMachine()
    try machine.put("\(text)\n", "sys/class/dmi/id/product_serial")
    #expect(machine.facts.serial == nil)
  }

  @Test("a machine that says nothing at all") func nothing() throws {
    #expect(try FakeMachine().facts == MachineFacts())
    #expect(MachineFacts(root: "/nonexistent").isEmpty)
  }
}
