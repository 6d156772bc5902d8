#define _GNU_SOURCE
#include "Confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// As linux/landlock.h has it, which older systems lack; the calls have one number on every architecture.
enum { create_ruleset = 444, add_rule = 445, restrict_self = 446 };
enum { ask_version = 1, path_beneath = 1 };
enum {
  execute = 1 << 0,
  write_file = 1 << 1,
  read_file = 1 << 2,
  read_directory = 1 << 3,
  make_directory = 1 << 7,
  make_file = 1 << 8,
  // All of the first version: those above, removals, and making anything else.
  first_version = (1 << 13) - 1,
  refer = 1 << 13,
  truncate_file = 1 << 14,
};

struct rule {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

static int allow(int rules, const char *path, uint64_t rights) {
  struct rule rule = {.allowed = rights, .parent = open(path, O_PATH | O_CLOEXEC)};
  // Where a system has no /lib64, there is nothing in it.
  if (rule.parent < 0) return errno == ENOENT ? 0 : -1;
  int result = (int)syscall(add_rule, rules, path_beneath, &rule, 0);
  int reason = errno;
  close(rule.parent);
  errno = reason;
  return result;
}

int imprint_confine(const char *place) {
  long version = syscall(create_ruleset, NULL, 0, ask_version);
  if (version < 1) return 1;
  uint64_t truncation = version >= 3 ? truncate_file : 0;
  uint64_t handled = first_version | (version >= 2 ? refer : 0) | truncation;
  int rules = (int)syscall(create_ruleset, &handled, sizeof handled, 0);
  if (rules < 0) return -1;
  const char *const programs[] = {"/usr", "/bin", "/sbin", "/lib", "/lib64"};
  int result =
      allow(rules, place, write_file | read_file | read_directory | make_directory | make_file | truncation);
  for (size_t each = 0; result == 0 && each < sizeof programs / sizeof *programs; each++)
    result = allow(rules, programs[each], execute | read_file | read_directory);
  // Accounts, the loader's cache, name services and crypto policies; /dev/null and /dev/urandom.
  if (result == 0) result = allow(rules, "/etc", read_file | read_directory);
  if (result == 0) result = allow(rules, "/dev/null", read_file | write_file);
  if (result == 0) result = allow(rules, "/dev/urandom", read_file);
  if (result == 0) result = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (result == 0) result = (int)syscall(restrict_self, rules, 0);
  int reason = errno;
  close(rules);
  errno = reason;
  return result == 0 ? 0 : -1;
}
