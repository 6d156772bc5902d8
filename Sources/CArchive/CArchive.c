#include "CArchive.h"

#include <limits.h>
#include <stddef.h>

static struct imprint_archive functions;
static struct imprint_library library = {
    .files = {"libarchive.so.13"},
    .names = (const char *const[]){IMPRINT_ARCHIVE_FUNCTIONS(IMPRINT_NAME) NULL},
    .functions = &functions,
};

const struct imprint_archive *imprint_archive(void) { return imprint_load(&library); }

#define ZLIB_FUNCTIONS(X) \
  X(inflateInit2_) \
  X(inflate) \
  X(inflateEnd)

static struct { ZLIB_FUNCTIONS(IMPRINT_POINTER) } zlib;
static struct imprint_library zlib_library = {
    .files = {"libz.so.1"},
    .names = (const char *const[]){ZLIB_FUNCTIONS(IMPRINT_NAME) NULL},
    .functions = &zlib,
};

imprint_gunzip_result imprint_gunzip(const void *input, size_t size, void *output, size_t room, size_t *written) {
  *written = 0;
  if (!imprint_load(&zlib_library)) return imprint_gunzip_unavailable;
  if (size > UINT_MAX || room > UINT_MAX) return imprint_gunzip_too_large;
  z_stream stream = {.next_in = (Bytef *)input, .avail_in = (uInt)size, .next_out = output, .avail_out = (uInt)room};
  // 16: gzip and nothing else.
  if (zlib.inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, (int)sizeof stream) != Z_OK) return imprint_gunzip_broken;
  int code = zlib.inflate(&stream, Z_FINISH);
  *written = room - stream.avail_out;
  zlib.inflateEnd(&stream);
  if (code == Z_STREAM_END) return imprint_gunzip_done;
  return code == Z_BUF_ERROR && stream.avail_out == 0 ? imprint_gunzip_too_large : imprint_gunzip_broken;
}
