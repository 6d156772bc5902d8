/// The Documents room.
