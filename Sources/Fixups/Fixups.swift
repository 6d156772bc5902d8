/// The Fixups room.
