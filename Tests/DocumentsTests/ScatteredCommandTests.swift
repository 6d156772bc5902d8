import Testing

@testable import Documents

/// What a line says of ip(8), ifconfig(8) and nmcli(1), whatever stands around it.
@Suite("Commands that are anywhere in a line")
struct ScatteredCommandTests {
  @Test(
    arguments: [
      ("x=$(ip a)", ["ip a"]), ("sh -c 'ip addr add \"$A\" dev b'; c", ["ip addr add $A dev b"]),
      ("A=\"1.2.3.4\"; ip a a ${A}/24", ["ip a a 1.2.3.4/24"]),
      ("for a in 1/24 2/24; do ip a a $a; done", ["ip a a 1/24", "ip a a 2/24"]),
      ("case $1 in a) A=1;; b) A=2;; esac; ip a a $A", ["ip a a 1", "ip a a 2"]),
      ("ip a 2>&1 >/dev/null # ip b", ["ip a"]), ("sh -c 'ip a # x'; ip b", ["ip a", "ip b"]),
      ("ip a ${X:-y} $#", ["ip a $X $#"]), ("ssh h 'ip a; ip b'; /sbin/ip c", ["/sbin/ip c"]),
      ("echo \"ip a\" | ssh h ip b", []), ("cat <<X; ip a", ["ip a"]), ("ip route", ["ip route"]), ("A=1", []),
      ("hostname a; exec hostnamectl b", ["hostname a", "hostnamectl b"]), ("vtysh -c 'hostname a'", []),
      ("echo 'a;b' >/etc/hostname", ["tee /etc/hostname echo a;b"]), ("cp /etc/x /etc/y", []),
      ("echo a | sudo tee /etc/hostname", ["tee /etc/hostname echo a"]), ("x=$((1 << n)); ip a", ["ip a"]),
      ("tee /etc/hostname <<<a", ["tee /etc/hostname a"]), ("cat /etc/hostname", []),
      ("echo don't; ip a", []), ("if ! nmcli con up x; then ip a; fi", ["nmcli con up x", "ip a"]),
    ] as [(String, [String])])
  func `are found, and what is done elsewhere or only said is not`(_ line: String, _ commands: [String]) {
    var scattered = ScatteredCommands()
    let found = scattered.commands(in: line).map { $0.words.map(\.text).joined(separator: " ") }
    #expect(found == commands)
  }

  @Test(
    arguments: [
      ("[ $(hostname) = a ] && ip b; ip c", ["host ip b", "none ip c"]),
      ("if [ $(uname -n) = a ]; then ip b; else ip c; fi; ip d", ["host ip b", "host ip c", "none ip d"]),
      ("case $1 in hostname) ip a;; b|c) ip b;; esac", ["none ip a", "none ip b"]),
      ("f() { ip a; }; ip b", ["caller ip a", "none ip b"]),
      ("H=$(uname -n); ip a; [ $H ] && ip b", ["none ip a", "host ip b"]),
      ("[ $HOSTNAME = a ] || exit 0; ip a", ["host ip a"]), ("HOSTNAME=a; echo $HOSTNAME && ip a", ["none ip a"]),
    ] as [(String, [String])])
  func `it is told which of them go by the host's name`(_ line: String, _ commands: [String]) {
    var scattered = ScatteredCommands()
    let found = scattered.commands(in: line).filter { $0.program == "ip" }
    #expect(found.map { "\($0.choice) \($0.words.map(\.text).joined(separator: " "))" } == commands)
  }

  @Test func `a script's lines know each other`() {
    var scattered = ScatteredCommands()
    let lines = [
      "A=1.2.3.4/24", "cat >/x <<'EOF'", "ip addr add 9.9.9.9/24 dev x", "EOF", "ip addr add $A dev x", "sh <<E",
      "ip a",
    ]
    let found = lines.flatMap { scattered.commands(in: $0) }.map { $0.words.map(\.text).joined(separator: " ") }
    #expect(found == ["ip addr add 1.2.3.4/24 dev x", "ip a"])
  }

  @Test(arguments: [("- ip\n - addr", "ip addr"), ("[[ip, addr, add, \"1/24\"]]", "ip addr add 1/24")])
  func `words stand in lists, too`(_ line: String, _ command: String) {
    var scattered = ScatteredCommands(isListed: true)
    let found = scattered.commands(in: line.replacing("\n", with: " ")).map { $0.words.map(\.text) }
    #expect(found == [command.split(separator: " ").map(String.init)])
  }

  @Test(
    arguments: [
      ("/etc/x.sh $IFACE", ["/etc/x.sh"]), ("sh -x /root/x || /opt/y; /usr/bin/z", ["/root/x", "/opt/y"]),
      (". /etc/x >/etc/y 2>>/etc/z", ["/etc/x"]), ("cat /etc/x", []), ("/sbin/ip a >/etc/x", []),
    ] as [(String, [String])])
  func `scripts are named`(_ line: String, _ scripts: [String]) {
    var scattered = ScatteredCommands()
    _ = scattered.commands(in: line)
    #expect(scattered.scripts == scripts)
  }

  @Test("variables that double fill no memory, and a shift opens no here-document") func bounded() {
    var scattered = ScatteredCommands()
    var line = "a0=192.168.10.99xxxxxxxx"
    for index in 0..<40 { line += "; a\(index + 1)=$a\(index)$a\(index)" }
    #expect(
      scattered.commands(in: line + "; ip addr add $a40 dev x").allSatisfy {
        $0.words.allSatisfy { $0.text.utf8.count < 20_000 }
      })
    #expect(scattered.commands(in: "N=$((1 << 8))").isEmpty)
    #expect(scattered.commands(in: "ip addr add 192.168.10.20/24 dev ens33").count == 1)
    #expect(scattered.commands(in: "cat <<END").isEmpty)
    #expect(scattered.commands(in: "ip addr add 192.168.10.20/24 dev ens33").isEmpty)
  }
}
