import Foundation
import Support
import Testing

/// The bundle on hosts that are old, closed or full: a tree laid out like CentOS 7, which is its own root.
@Suite(.enabled(if: Packages.arePossible)) struct HostTests {
  @Test
  func `on a tree like CentOS 7 the units lie where its systemd looks, and its ssh-keygen runs with its own loader`()
    async throws
  {
    let scratch = try Scratch()
    let root = try await BareRoot.likeCentOS7(scratch)
    // The host's program, which tells what it was given before it does its work.
    try FileManager.default.moveItem(atPath: "\(root.path)/usr/bin/ssh-keygen", toPath: "\(root.path)/usr/bin/real")
    try scratch.write(
      "#!/bin/sh\nenv >>/tmp/environment\nexec /usr/bin/real \"$@\"\n", to: "lab/tree/usr/bin/ssh-keygen", mode: 0o755)
    try scratch.write("no library\n", to: "lab/tree/evil/libcrypto.so.3")
    let (applied, trace) = try await root.traced(
      BareRoot.oldKernel, ["apply", "compute2", "--no-activate", "--yes"],
      environment: ["LD_LIBRARY_PATH": "/evil", "LD_BIND_NOW": "1", "SSH_AUTH_SOCK": "/nowhere", "BASH_ENV": "/evil/x"])
    try applied.succeeded("apply")
    #expect(trace.contains { $0.contains("ENOSYS") })
    let environment = Set(try root.text("/tmp/environment").split(separator: "\n"))
      .filter { !["PWD", "SHLVL", "_", "OLDPWD"].contains($0.prefix { $0 != "=" }) }
    #expect(environment == ["LC_ALL=C", "PATH=/usr/bin:/bin"], "\(environment)")
    try await root.imprint("verify", "--files-only").succeeded("verify")
    #expect(try root.text("/etc/hostname") == "compute2\n")
    // systemd's own reader, on the tree.
    let systemctl = try RealProgram.needed("systemctl")
    for unit in ["imprint-boot", "imprint-join", "imprint-fenced"] {
      #expect(try await systemctl.run(["--root", root.path, "is-enabled", unit]).output == "static\n")
    }
    #expect(root.exists("/usr/lib/systemd/system/network.service.d/50-imprint-fence.conf"))
    #expect(root.exists("/usr/lib/systemd/system/sysinit.target.wants/imprint-boot.service"))
    try await root.imprint("rollback", "--no-activate").succeeded("rollback")
    try await root.rpm("-e", "imprint").succeeded("rpm -e")
    #expect(try root.text("/etc/hostname") == "compute\n")
  }

  @Test func `a first boot without sysfs, procfs and devices does no harm, and says so`() async throws {
    let scratch = try Scratch()
    let root = try await BareRoot.likeCentOS7(scratch)
    let before = try TreeRecord(of: root.path)
    let boot = try await root.imprint("boot", "--verbose")
    #expect(boot.status == 0 && boot.output.contains("nothing to do"), "\(boot.said)")
    #expect(try TreeRecord(of: root.path).differences(from: before, .restored) == [])
  }

  @Test func `on a file system that is full or read-only, nothing is changed and the reason is said`() async throws {
    let scratch = try Scratch()
    let root = try await BareRoot.likeCentOS7(scratch)
    let before = try TreeRecord(of: root.path)
    // In a mount namespace of its own: a file system in memory with the tree on it, which is then closed or filled.
    let script = """
      set -eu
      mount -t tmpfs -o size=\(96 << 20) tmpfs /mnt
      cp -a "$1/." /mnt/
      # As on a host: keys are made in memory.
      mount -t tmpfs tmpfs /mnt/run
      case $2 in
        full) dd if=/dev/zero of=/mnt/filler bs=4096 2>/dev/null || true ;;
        closed) mount -o remount,ro /mnt ;;
      esac
      status=0
      chroot /mnt /usr/bin/imprint plan compute2 >/dev/null || status=$?
      # What a plan can foresee it says; a disk fills up in the meantime.
      [ "$status" -eq "$4" ] || exit 90
      status=0
      chroot /mnt /usr/bin/imprint apply compute2 --no-activate --yes >/dev/null || status=$?
      cp -a /mnt/etc "$3"
      exit "$status"
      """
    for (kind, says, planned) in [("full", "No space left", 0), ("closed", "Read-only file system", 74)] {
      let kept = "\(scratch.path)/etc-\(kind)"
      let outcome = try await RealProgram.needed("unshare").run(
        ["--mount", "--propagation", "private", "sh", "-c", script, "sh", root.path, kind, kept, "\(planned)"])
      #expect([73, 74].contains(outcome.status), "\(kind): \(outcome.said)")
      #expect(outcome.error.contains(says), "\(kind): \(outcome.said)")
      let etc = before.entries.filter { $0.key.hasPrefix("/etc") }
      let after = try TreeRecord(of: kept)
      for (path, entry) in etc where entry.kind == .file {
        #expect(after.entries[String(path.dropFirst(4))]?.bytes == entry.bytes, "\(kind): \(path)")
      }
    }
  }

  /// Where Red Hat's, SUSE's and OpenSSL's own habits have the bundle; Debian's, where the library was built, are not here.
  @Test func `who vouches for a server is read where the host's distribution keeps it`() async throws {
    let scratch = try Scratch()
    let root = try await BareRoot.likeCentOS7(scratch)
    let own = try await SelfSignedCertificate(for: "IP:127.0.0.1", in: scratch)
    let server = try await LoopbackServer("HTTPTests/server.py", [own.pair], in: scratch)
    func asked() async throws -> String {
      try await root.imprint("metadata", "--service", server.url("/", scheme: "https")).error
    }
    let nobody = try await asked()
    #expect(nobody.contains("no bundle of certificate authorities is where distributions keep it"), "\(nobody)")
    let certificate = try String(contentsOfFile: own.certificate, encoding: .utf8)
    for place in [
      "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "etc/pki/tls/certs/ca-bundle.crt",
      "var/lib/ca-certificates/ca-bundle.pem", "etc/ssl/ca-bundle.pem", "etc/ssl/cert.pem",
      "etc/ssl/certs/ca-certificates.crt",
    ] {
      let file = try scratch.write(certificate, to: "lab/tree/\(place)")
      // The server is trusted, and is no metadata service.
      let said = try await asked()
      #expect(said.contains("404") && !said.contains("certificate"), "\(place): \(said)")
      try FileManager.default.removeItem(atPath: file)
    }
  }

  @Test func `names, services, time zones and the locale are the host's, also for the bundled C library`() async throws
  {
    let scratch = try Scratch()
    let root = try await BareRoot.likeCentOS7(scratch)
    try scratch.write(
      "hosts: sss files [!UNAVAIL=return] dns\nservices: db files\npasswd: sss files\n",
      to: "lab/tree/etc/nsswitch.conf")
    try scratch.write("192.0.2.7 keystone.example\n", to: "lab/tree/etc/hosts")
    try scratch.write("placement 8778/tcp\n", to: "lab/tree/etc/services")
    // An offset of five hours and three quarters, which nothing has by chance; and the one locale that every Debian has.
    let data = """
      mkdir -p "$1/usr/share/zoneinfo/Asia" "$1/usr/lib/locale"
      cp /usr/share/zoneinfo/Asia/Kathmandu "$1/usr/share/zoneinfo/Asia/"
      cp -R /usr/lib/locale/C.utf8 "$1/usr/lib/locale/"
      """
    try await RealProgram.needed("sh").run(["-euc", data, "sh", root.path]).succeeded("a zone and a locale")
    let source = try scratch.write(Self.lookUps, to: "look-ups.c")
    try await RealProgram.needed("gcc").run(["-O1", "-Wall", "-o", "\(root.path)/look-ups", source]).succeeded("gcc")
    let loader = try #require(
      FileManager.default.contentsOfDirectory(atPath: "\(root.path)/opt/imprint/lib").first { $0.hasPrefix("ld-") })
    let said = try await root.run(
      ["/opt/imprint/lib/\(loader)", "--inhibit-cache", "--library-path", "/opt/imprint/lib", "/look-ups"],
      environment: ["TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"]
    ).succeeded("look-ups")
    #expect(said.output == "192.0.2.7 8778 nova 05:45 UTF-8\n", "\(said.said)")
  }

  private static let lookUps = """
    #include <arpa/inet.h>
    #include <langinfo.h>
    #include <locale.h>
    #include <netdb.h>
    #include <pwd.h>
    #include <stdio.h>
    #include <time.h>

    int main(void) {
      struct addrinfo *found = NULL, hints = {.ai_family = AF_INET};
      if (getaddrinfo("keystone.example", NULL, &hints, &found) != 0) return 1;
      struct servent *service = getservbyname("placement", "tcp");
      struct passwd *user = getpwuid(162);
      if (!service) return 2;
      if (!user) return 3;
      if (!setlocale(LC_ALL, "")) return 4;
      time_t noon = 0;
      struct tm local;
      localtime_r(&noon, &local);
      char clock[16];
      time_t now = 1700000000;
      localtime_r(&now, &local);
      snprintf(clock, sizeof clock, "%02ld:%02ld", local.tm_gmtoff / 3600, local.tm_gmtoff / 60 % 60);
      printf("%s %d %s %s %s\\n", inet_ntoa(((struct sockaddr_in *)found->ai_addr)->sin_addr), ntohs(service->s_port),
             user->pw_name, clock, nl_langinfo(CODESET));
      return 0;
    }
    """
}

extension BareRoot {
  /// The tutorial's compute node as a root of its own, with the .rpm in it, and the host's ssh-keygen in CentOS 7's folders.
  static func likeCentOS7(_ scratch: Scratch) async throws -> BareRoot {
    let node = try await LabNode(in: scratch)
    let files = FileManager.default
    // Where CentOS 7 has them: below /usr, with links.
    for name in ["bin", "sbin"] {
      try? files.removeItem(atPath: "\(node.root)/\(name)")
      try files.createDirectory(atPath: "\(node.root)/usr/\(name)", withIntermediateDirectories: true)
      try files.createSymbolicLink(atPath: "\(node.root)/\(name)", withDestinationPath: "usr/\(name)")
    }
    for name in ["lib", "lib64"] {
      try files.createDirectory(atPath: "\(node.root)/usr/\(name)/systemd/system", withIntermediateDirectories: true)
      try files.createSymbolicLink(atPath: "\(node.root)/\(name)", withDestinationPath: "usr/\(name)")
    }
    let root = try BareRoot(at: node.root)
    try files.createDirectory(atPath: "\(node.root)/dev", withIntermediateDirectories: true)
    try LabNode.write(LabNode.siteText, "\(node.root)/etc/imprint/site.toml")
    // ssh-keygen with its loader and libraries: the host's, which the bundle must not mix with its own.
    let script = """
      for file in $(ldd /usr/bin/ssh-keygen | grep -o '/[^ ]*'); do cp -L "$file" '\(node.root)'/usr/lib64/; done
      cp /usr/bin/ssh-keygen '\(node.root)'/usr/bin/
      mkdir -p '\(node.root)'/lib64 '\(node.root)'/run
      mknod -m 666 '\(node.root)'/dev/null c 1 3
      printf '/usr/lib64\\n' >'\(node.root)'/etc/ld.so.conf
      ldconfig -r '\(node.root)' 2>/dev/null
      ln -sf sh '\(node.root)'/usr/bin/env
      """
    try await RealProgram.needed("sh").run(["-euc", script]).succeeded("the host's programs")
    try await Kind.rpm.install(in: root)
    return root
  }
}
