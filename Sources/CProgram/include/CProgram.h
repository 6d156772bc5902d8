// What a program knows of itself, without asking /proc, which is not there yet at every boot and in every root.
#ifndef CPROGRAM_H
#define CPROGRAM_H

#include <stddef.h>

// The arguments, from the loader. Swift's CommandLine reads /proc/self/cmdline, and has none where that is missing.
int imprint_argument_count(void);
const char *imprint_argument(int index);

// The commit that the program was built from, or NULL where the build did not say.
const char *imprint_commit(void);

// The C library's version.
const char *imprint_libc_version(void);
// The path of a file beside the C library that this process has loaded, or -1.
int imprint_beside_libc(const char *name, char *buffer, size_t size);

#endif
