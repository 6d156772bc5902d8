#define _GNU_SOURCE
#include "CProgram.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int count;
static char **words;

// glibc hands main's arguments to what runs before main, too (elf/dl-init.c, csu/libc-start.c).
//
// 101: before the constructors of Swift's runtime, where that is part of the program. One of them asks for a hashing seed, and
// ends the program where neither getrandom(2) nor the device is (Hashing.cpp, Random.cpp). Sets need no seed here: what is
// hashed are a site's and a tree's own names. What does need randomness asks for it, and says what is missing.
__attribute__((constructor(101))) static void keep(int argc, char **argv) {
  count = argc;
  words = argv;
  char byte;
  if (access("/dev/urandom", R_OK) != 0 && syscall(SYS_getrandom, &byte, 1, 0) < 0) setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1);
}

int imprint_argument_count(void) { return count; }
const char *imprint_argument(int index) { return words[index]; }

// Scripts/release links an object with it into the program, so that a new commit means a new link and no new compilation.
extern const char imprint_built_commit[] __attribute__((weak));

const char *imprint_commit(void) { return imprint_built_commit; }

const char *imprint_libc_version(void) { return gnu_get_libc_version(); }

int imprint_beside_libc(const char *name, char *buffer, size_t size) {
  Dl_info found;
  if (!dladdr((void *)(uintptr_t)gnu_get_libc_version, &found) || !found.dli_fname) return -1;
  const char *slash = strrchr(found.dli_fname, '/');
  if (!slash) return -1;
  int length = snprintf(buffer, size, "%.*s/%s", (int)(slash - found.dli_fname), found.dli_fname, name);
  return length > 0 && (size_t)length < size ? 0 : -1;
}
