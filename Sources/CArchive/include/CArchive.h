// Functions of libarchive (ISO 9660 images) and zlib (gzip), as CLoader.h finds them.
//
// Why libarchive: it reads Rock Ridge, Joliet and plain ISO 9660 without root, without a loop device and without writing
// anything, in this process, and is kept well (FreeBSD's tar is made of it). isoinfo and xorriso do the same as programs
// whose listings would have to be parsed, and are on fewer machines.
#ifndef CARCHIVE_H
#define CARCHIVE_H

#include "CLoader.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#define IMPRINT_ARCHIVE_FUNCTIONS(X) \
  X(archive_read_new) \
  X(archive_read_support_format_iso9660) \
  X(archive_read_open_fd) \
  X(archive_read_next_header) \
  X(archive_read_data) \
  X(archive_read_free) \
  X(archive_entry_pathname) \
  X(archive_entry_size) \
  X(archive_entry_filetype)

struct imprint_archive {
  IMPRINT_ARCHIVE_FUNCTIONS(IMPRINT_POINTER)
};

// NULL where there is no libarchive 3.
const struct imprint_archive *_Nullable imprint_archive(void);

typedef enum imprint_gunzip_result : int {
  imprint_gunzip_done,
  imprint_gunzip_unavailable,  // no zlib
  imprint_gunzip_broken,       // not gzip, or cut off
  imprint_gunzip_too_large,    // more than the room for it
} imprint_gunzip_result;

// One gzip stream (RFC 1952), whole. `written` is how much came out.
imprint_gunzip_result imprint_gunzip(
    const void *_Nonnull input, size_t size, void *_Nonnull output, size_t room, size_t *_Nonnull written);

#endif
