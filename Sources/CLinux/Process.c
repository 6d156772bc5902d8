#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int imprint_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

// As systemd starts a service (IgnoreSIGPIPE= in systemd.exec(5)): what it leaves behind may still write when nobody reads.
// posix_spawn(3) cannot say "ignored", but what is ignored when it is called stays so.
static int spawn_without_sigpipe(
  pid_t *process, const char *program, const posix_spawn_file_actions_t *files, const posix_spawnattr_t *attributes,
  char *const arguments[], char *const environment[]) {
  struct sigaction ignored = {.sa_handler = SIG_IGN}, former;
  sigaction(SIGPIPE, &ignored, &former);
  int reason = posix_spawn(process, program, files, attributes, arguments, environment);
  sigaction(SIGPIPE, &former, NULL);
  return reason;
}

int imprint_input(int ends[2]) {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  return fcntl(ends[1], F_SETFL, O_NONBLOCK);
}

pid_t imprint_start(
  const char *program, char *const arguments[], char *const environment[], int input, int output, int errors) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none, usual;
  sigemptyset(&none);
  sigfillset(&usual);
  sigdelset(&usual, SIGPIPE);
  pid_t process = -1;
  int reason = posix_spawn_file_actions_init(&files);
  if (reason == 0) {
    reason = posix_spawnattr_init(&attributes);
    if (reason == 0) {
      short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
      reason = input >= 0 ? posix_spawn_file_actions_adddup2(&files, input, 0)
                          : posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
      if (reason == 0) reason = posix_spawn_file_actions_adddup2(&files, output, 1);
      if (reason == 0)
        reason = errors >= 0 ? posix_spawn_file_actions_adddup2(&files, errors, 2)
                             : posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
      if (reason == 0) reason = posix_spawnattr_setsigmask(&attributes, &none);
      if (reason == 0) reason = posix_spawnattr_setsigdefault(&attributes, &usual);
      if (reason == 0) reason = posix_spawnattr_setpgroup(&attributes, 0);
      if (reason == 0) reason = posix_spawnattr_setflags(&attributes, flags);
      if (reason == 0) reason = spawn_without_sigpipe(&process, program, &files, &attributes, arguments, environment);
      posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
  }
  if (reason == 0) return process;
  errno = reason;
  return -1;
}

struct watched {
  pid_t process;
  int event;
};

static void *wait_for_exit(void *argument) {
  struct watched *watched = argument;
  siginfo_t ending;
  while (waitid(P_PID, (id_t)watched->process, &ending, WEXITED | WNOWAIT) != 0 && errno == EINTR) {}
  imprint_event_signal(watched->event);
  close(watched->event);
  free(watched);
  return NULL;
}

static int watch_by_thread(pid_t process) {
  int event = imprint_event();
  if (event < 0) return -1;
  struct watched *watched = malloc(sizeof *watched);
  int reason = watched ? 0 : ENOMEM;
  if (watched) {
    *watched = (struct watched){process, fcntl(event, F_DUPFD_CLOEXEC, 0)};
    if (watched->event < 0) reason = errno;
  }
  if (reason == 0) {
    // Signals are the other threads' business.
    sigset_t all, former;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    pthread_t thread;
    reason = pthread_create(&thread, NULL, wait_for_exit, watched);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    if (reason == 0) pthread_detach(thread);
    else close(watched->event);
  }
  if (reason == 0) return event;
  free(watched);
  close(event);
  errno = reason;
  return -1;
}

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int imprint_watch_exit(pid_t process) {
  int descriptor = (int)syscall(SYS_pidfd_open, process, 0);
  // EPERM is what old seccomp filters of containers answer with in place of ENOSYS.
  return descriptor >= 0 || (errno != ENOSYS && errno != EPERM) ? descriptor : watch_by_thread(process);
}
