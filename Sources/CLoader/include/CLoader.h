// Libraries of the host's, opened when one is first asked for (dlopen(3)).
//
// Linking libsystemd costs every start of the program 0.47 ms of CPU, for it brings six more libraries with it (measured: 0.79
// and 1.27 ms for a program that does nothing), and libcurl would bring some thirty; the offline job needs none of them. And
// where one of them is missing, everything else still works. The prototypes are the library's own, so the compiler checks
// each call as if it were linked.
#ifndef CLOADER_H
#define CLOADER_H

// A room lists a library's functions once, as `#define LIST(X) X(one) X(other)`: LIST(IMPRINT_POINTER) declares their pointers,
// and LIST(IMPRINT_NAME) are their names in the same order.
#define IMPRINT_POINTER(name) __typeof__(&name) _Nonnull name;
#define IMPRINT_NAME(name) #name,

struct imprint_library {
  // Sonames of one ABI: the first that the host has is it.
  const char *_Nullable files[2];
  // Names in the order of the pointers, up to a NULL; those in `optional` come last, and are NULL where the library lacks them.
  const char *_Nullable const *_Nonnull names;
  const char *_Nullable const *_Nullable optional;
  // A struct of pointers and nothing else.
  void *_Nonnull functions;
  // What the library wants first; zero where it fails.
  int (*_Nullable begin)(void);
  enum { imprint_library_unknown, imprint_library_missing, imprint_library_loaded } state;
};

// The library's `functions`; NULL where the host has no such library, or one that lacks any of `names`. Safe from any thread.
const void *_Nullable imprint_load(struct imprint_library *_Nonnull library);

#endif
