import Testing

@testable import Documents

@Suite("fstab")
struct FileSystemTableTests {
  @Test func `entries are read as mount does, and of two for one place the first`() {
    let table = FileSystemTable(
      Array(
        """
        # comment
        UUID="ab-1" /var/ ext4 defaults,noatime 0 2
        \tLABEL=x\t/srv/a\\040b\\011c  auto
        LABEL=again //var xfs nofail\r
        /swap none swap sw
        tmpfs /tmp
        /dev/vda2 /last btrfs subvol=@
        """.utf8))
    #expect(table.entries.map(\.point) == ["/var", "/srv/a b\tc", "/last"])
    #expect(table.entries[0].source == "UUID=ab-1" && table.entries[0].options == ["defaults", "noatime"])
    #expect(table.entries[1].type == "auto" && table.entries[1].options.isEmpty)
  }
}
