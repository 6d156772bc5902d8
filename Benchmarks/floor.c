// The floor: the least that a durable, all-at-once replacement of some files costs, with contents that are known.
// floor TREE FINISHED PATH... makes TREE/PATH what FINISHED/PATH is: contents, owner, mode and extended attributes;
// a PATH that FINISHED lacks is removed. Every file is written beside its target, then one flush, then all renames, then
// one flush. No journal, no checks, no rollback.
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { limit = 1 << 22 };

static void copy_labels(int from, int to, const char *path) {
  char names[4096], value[4096];
  ssize_t size = flistxattr(from, names, sizeof names);
  for (char *name = names; name < names + size; name += strlen(name) + 1) {
    ssize_t length = fgetxattr(from, name, value, sizeof value);
    if (length >= 0 && fsetxattr(to, name, value, (size_t)length, 0) != 0) err(1, "%s: %s", path, name);
  }
}

static void temporary(char *out, size_t size, const char *tree, const char *path) {
  const char *name = strrchr(path, '/');
  snprintf(out, size, "%s%.*s/.floor-%s", tree, (int)(name - path), path, name + 1);
}

int main(int count, char **arguments) {
  if (count < 4) errx(64, "floor TREE FINISHED PATH...");
  const char *tree = arguments[1], *finished = arguments[2];
  int root = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) err(1, "%s", tree);
  char *bytes = malloc(limit), from[4096], beside[4096], to[4096];
  for (int index = 3; index < count; index++) {
    const char *path = arguments[index];
    snprintf(from, sizeof from, "%s%s", finished, path);
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0 && errno == ENOENT) continue;
    struct stat status;
    if (source < 0 || fstat(source, &status) != 0) err(1, "%s", from);
    ssize_t size = read(source, bytes, limit);
    temporary(beside, sizeof beside, tree, path);
    int target = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (target < 0) err(1, "%s", beside);
    if (size < 0 || write(target, bytes, (size_t)size) != size) err(1, "%s", beside);
    if (geteuid() == 0 && fchown(target, status.st_uid, status.st_gid) != 0) err(1, "%s", beside);
    if (fchmod(target, status.st_mode & 07777) != 0) err(1, "%s", beside);
    copy_labels(source, target, path);
    close(target);
    close(source);
  }
  if (syncfs(root) != 0) err(1, "syncfs");
  for (int index = 3; index < count; index++) {
    const char *path = arguments[index];
    temporary(beside, sizeof beside, tree, path);
    snprintf(to, sizeof to, "%s%s", tree, path);
    if (rename(beside, to) != 0 && (errno != ENOENT || unlink(to) != 0)) err(1, "%s", to);
  }
  if (syncfs(root) != 0) err(1, "syncfs");
  return 0;
}
