import Glibc
import Site
import Support
import Testing

/// What a text becomes as a value, or nothing where it is refused.
func value<T: TextValue>(_ text: String, as type: T.Type) -> String? { (try? T(text))?.description }

@Suite("Values take what is right, say it in one way, and refuse the rest")
struct ValueTests {
  @Test(
    arguments: [
      ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("192.168.10.2", "192.168.10.2"),
      ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
      ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
      ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
      ("0001:0002:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
      ("", nil), ("1.2.3", nil), ("1.2.3.4.5", nil), ("01.2.3.4", nil), ("1.2.3.256", nil), ("1.2.3.4 ", nil),
      ("0x1.2.3.4", nil), ("1.2.3.-4", nil), ("1.2.3.٤", nil), (":", nil), (":::", nil), ("1::2::3", nil),
      ("1:2:3:4:5:6:7", nil), ("1:2:3:4:5:6:7:8:9", nil), ("12345::", nil), ("fe80::1%eth0", nil), ("[::1]", nil),
      ("1:2:3:4:5:6:7:8::", nil), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("::1.2.3", nil), (":1::2", nil),
      ("1::2:", nil),
    ] as [(String, String?)])
  func `IP addresses`(_ text: String, _ right: String?) { #expect(value(text, as: IPAddress.self) == right) }

  /// Of one machine, assignable to a node, telling machines apart: each says less of them than the one before.
  @Test(
    arguments: [
      ("192.168.10.20", 3), ("2001:db8::1", 3), ("100.64.0.1", 3), ("169.254.169.254", 2), ("fe80::1", 2),
      ("febf::1", 2), ("fec0::1", 3), ("127.0.0.53", 1), ("127.255.255.254", 1), ("::1", 1), ("0.0.0.0", 0), ("::", 0),
      ("224.0.0.1", 0), ("239.255.255.255", 0), ("ff02::1", 0), ("255.255.255.255", 0),
    ])
  func `kinds of addresses`(_ text: String, _ kinds: Int) throws {
    let address = try IPAddress(text)
    #expect(
      [address.isOfOneMachine, address.isAssignable, address.identifiesMachine] == [kinds > 0, kinds > 1, kinds > 2])
  }

  @Test(
    arguments: [
      ("10.0.0.0/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"), ("10.1.2.3/32", "10.1.2.3/32"),
      ("FD00::/8", "fd00::/8"),
      ("10.0.0.0/33", nil), ("10.0.0.1/8", nil), ("10.0.0.0/08", nil), ("10.0.0.0/-1", nil), ("10.0.0.0/", nil),
      ("10.0.0.0/8/8", nil), ("fd00::/129", nil), ("10.0.0.0/+8", nil), ("10.0.0.0/255.0.0.0", nil),
    ] as [(String, String?)])
  func `subnets`(_ text: String, _ right: String?) { #expect(value(text, as: Subnet.self) == right) }

  @Test(
    arguments: [
      ("00:0C:29:AA:BB:CC", "00:0c:29:aa:bb:cc"), ("00-0c-29-aa-bb-cc", "00:0c:29:aa:bb:cc"),
      ("000c.29aa.bbcc", "00:0c:29:aa:bb:cc"), ("000c29aabbcc", "00:0c:29:aa:bb:cc"),
      ("00:0c-29:aa:bb:cc", nil), ("0:c:29:aa:bb:cc", nil), ("00:0c:29:aa:bb:cg", nil), ("00:00:00:00:00:00", nil),
      ("ff:ff:ff:ff:ff:ff", nil), ("01:00:5e:00:00:01", nil), ("", nil), ("00:0c:29:aa:bb:cc:", nil),
    ] as [(String, String?)])
  func `MAC addresses`(_ text: String, _ right: String?) { #expect(value(text, as: MACAddress.self) == right) }

  @Test(arguments: [
    ("compute2", true), ("a", true), ("3com", true), ("a-b", true), (String(repeating: "a", count: 63), true),
    (String(repeating: "a", count: 64), false), ("", false), ("-a", false), ("a-", false), ("a_b", false),
    ("A", false), ("a.b", false), ("123", false), ("localhost", false), ("localhost4", false), ("größe", false),
    ("a b", false), ("a\n", false), ("a\u{0}", false),
  ])
  func `node names`(_ text: String, _ isRight: Bool) { #expect((value(text, as: NodeName.self) != nil) == isRight) }

  @Test(arguments: [
    ("compute.example.com", true), ("a.b.c", true), ("a..b", false), (".a", false), ("a.", false), ("1.2.3.4", false),
    (Array(repeating: "abcdefg", count: 8).joined(separator: "."), true),
    (Array(repeating: "abcdefg", count: 9).joined(separator: "."), false), ("localhost.localdomain", false),
  ])
  func `host names`(_ text: String, _ isRight: Bool) { #expect((value(text, as: Hostname.self) != nil) == isRight) }

  @Test(arguments: [
    ("ens33", true), ("br-ex", true), ("bond0.100", true), ("0123456789abcde", true), ("0123456789abcdef", false),
    ("", false), (".", false), ("..", false), ("a/b", false), ("a b", false), ("eth0:1", false), ("lo", false),
    ("a\n", false), ("ä", false), ("ens*", false), ("ens3?", false), ("ens3[34]", false), ("a]", false),
    ("eth%d", false),
    ("all", false), ("default", false), ("all0", true),
  ])
  func `interface names`(_ text: String, _ isRight: Bool) {
    #expect((value(text, as: InterfaceName.self) != nil) == isRight)
  }

  @Test(arguments: [
    ("sshd.service", true), ("getty@tty1.service", true), ("dev-sda\\x20.device", true), ("sshd", false),
    (".service", false), ("a b.service", false), ("a/b.service", false), ("a.conf", false),
  ])
  func `unit names`(_ text: String, _ isRight: Bool) { #expect((value(text, as: UnitName.self) != nil) == isRight) }

  @Test(
    arguments: [
      ("564D0C29AABBCCDDEEFF001122334455", "564d0c29-aabb-ccdd-eeff-001122334455"),
      ("56 4d 0c 29 aa bb cc dd-ee ff 00 11 22 33 44 55", "564d0c29-aabb-ccdd-eeff-001122334455"),
      ("00000000-0000-0000-0000-000000000000", nil), ("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", nil), ("564d", nil),
      ("564D…", "564d…"), ("564d0c29-aa…", "564d0c29aa…"), ("56…", nil), ("56xx…", nil),
    ] as [(String, String?)])
  func `UUIDs`(_ text: String, _ right: String?) { #expect(value(text, as: SystemUUID.self) == right) }

  @Test(arguments: [
    (firstKey, true), (secondKey, true), ("ssh-ed25519", false),
    ("ssh-rsa " + firstKey.split(separator: " ")[1], false),
    ("command=\"x\" " + firstKey, false), (firstKey + "\n" + secondKey, false), ("ssh-ed25519 !!!!", false),
  ])
  func `public keys`(_ text: String, _ isRight: Bool) {
    #expect((value(text, as: SSHPublicKey.self) != nil) == isRight)
  }

  @Test(arguments: [
    ("/etc/nova/nova.conf", true), ("/", false), ("etc", false), ("/etc/", false), ("/a//b", false), ("/a/../b", false),
    ("/a/./b", false), ("/a\u{0}", false), ("", false),
  ])
  func `paths`(_ text: String, _ isRight: Bool) { #expect((value(text, as: AbsolutePath.self) != nil) == isRight) }

  @Test(arguments: [
    ("/etc/ifcfg-*", "/etc/ifcfg-ens33", true), ("/etc/ifcfg-*", "/etc/a/ifcfg-ens33", false),
    ("/etc/*.conf", "/etc/nova.conf.bak", false), ("/etc/*.conf", "/etc/.conf", true), ("/var/**", "/var/a/b", true),
    ("/var/**", "/var", false), ("/var/**", "/vara/b", false), ("/a/*/c", "/a/b/c", true),
    ("/a/*/c", "/a/b/b/c", false),
    ("/a/?", "/a/b", true), ("/a/?", "/a/bb", false), ("/a/*b*c", "/a/xbybc", true), ("/a", "a", false),
  ])
  func `path patterns`(_ pattern: String, _ path: String, _ isMatch: Bool) throws {
    #expect(try PathPattern(pattern).matches(path) == isMatch)
  }
}

@Suite("Addresses agree with glibc")
struct AddressPropertyTests {
  @Test(arguments: 0..<10 as Range<UInt64>) func `their texts, in both directions`(_ seed: UInt64) throws {
    var generator = SeededNumbers(seed: seed)
    for _ in 0..<500 {
      // Zeros are what the short form is about.
      let groups = (0..<8).map { _ in
        Bool.random(using: &generator) ? 0 : UInt64.random(in: 0...0xFFFF, using: &generator)
      }
      let high = groups[..<4].reduce(0) { $0 << 16 | $1 }
      let low = groups[4...].reduce(0) { $0 << 16 | $1 }
      // glibc also shows ::/96 with an IPv4 part, which RFC 5952 doesn't ask for.
      if high == 0, low >> 32 == 0 { continue }
      let address = IPAddress.v6(high, low)
      #expect(address.description == glibcText(AF_INET6, [high.bigEndian, low.bigEndian]))
      #expect(try IPAddress(address.description) == address)
      let four = UInt32(truncatingIfNeeded: generator.next())
      #expect(IPAddress.v4(four).description == glibcText(AF_INET, [four.bigEndian]))
      #expect(try IPAddress(IPAddress.v4(four).description) == .v4(four))
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>) func `what is an address at all`(_ seed: UInt64) {
    var generator = SeededNumbers(seed: seed)
    let letters = Array("0123456789abcdefF::::....")
    for _ in 0..<2000 {
      let length = Int.random(in: 0...20, using: &generator)
      let text = String((0..<length).compactMap { _ in letters.randomElement(using: &generator) })
      var bytes = [UInt8](repeating: 0, count: 16)
      let isRight = inet_pton(text.contains(":") ? AF_INET6 : AF_INET, text, &bytes) == 1
      #expect(((try? IPAddress(text)) != nil) == isRight, "\(text)")
    }
  }

  @Test func `subnets hold their first and last address and no other neighbour`() throws {
    for length in 0...32 {
      let prefix = try PrefixLength(length, .v4)
      let mask = UInt32(truncatingIfNeeded: length == 0 ? 0 : ~UInt64(0) << UInt64(32 - length))
      #expect(prefix.netmask == IPAddress.v4(mask).description)
      let first = 0xC0A8_0A15 & mask
      let subnet = try Subnet(.v4(first), prefix)
      #expect(subnet.contains(.v4(first)) && subnet.contains(subnet.last))
      #expect(subnet.last == .v4(first | ~mask))
      if length > 0 {
        #expect(!subnet.contains(.v4(first &- 1)) && !subnet.contains(.v4((first | ~mask) &+ 1)))
      }
      #expect((subnet.broadcast != nil) == (length < 31))
      #expect(!subnet.contains(.v6(0, UInt64(first))))
    }
    let six = try Subnet("2001:db8::/64")
    #expect(six.broadcast == nil && six.networkAddress == six.address)
    #expect(six.last.description == "2001:db8::ffff:ffff:ffff:ffff")
  }

  private func glibcText<Number>(_ family: Int32, _ numbers: [Number]) -> String {
    var text = [CChar](repeating: 0, count: 64)
    let end = numbers.withUnsafeBytes { inet_ntop(family, $0.baseAddress, &text, 64) }
    return end == nil ? "" : String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
