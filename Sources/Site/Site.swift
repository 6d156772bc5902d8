/// The Site room.
