// Runs a command, and at its end says what it and all that it has started cost, as JSON on file descriptor 3: when it began
// and ended (by the monotonic clock, which all processes share), CPU seconds, and the peak memory of the largest process.
// Knows nothing of what the command does.
//
// Descendants that outlive their parent become its children (PR_SET_CHILD_SUBREAPER), so none is left out and none is left
// behind: SIGTERM is passed on, what does not heed it within 2 s is killed, and so it goes when the benchmark itself dies.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GRACE_S 2

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

static void signal_children(int signal_number) {
  char path[64], pids[4096];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
  FILE *file = fopen(path, "r");
  if (file == NULL) return;
  pids[fread(pids, 1, sizeof pids - 1, file)] = '\0';
  fclose(file);
  for (char *pid = strtok(pids, " "); pid != NULL; pid = strtok(NULL, " ")) kill(atoi(pid), signal_number);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: account COMMAND [ARGUMENT…] 3>file\n");
    return 2;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t watched, before;
  sigemptyset(&watched);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, SIGCHLD);
  sigprocmask(SIG_BLOCK, &watched, &before);

  double start = now_s();
  pid_t command = fork();
  if (command == 0) {
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(3);
    execvp(argv[1], argv + 1);
    fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
    _exit(127);
  }

  int exit_code = -1;
  double kill_at = 0; // 0: nobody has asked for the end
  for (;;) {
    int status;
    pid_t ended = waitpid(-1, &status, WNOHANG);
    if (ended < 0) break; // no child is left
    if (ended == command) exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (ended > 0) continue;
    if (kill_at > 0 && now_s() >= kill_at) signal_children(SIGKILL);
    struct timespec soon = {.tv_nsec = 50 * 1000 * 1000};
    int signal_number = kill_at > 0 ? sigtimedwait(&watched, NULL, &soon) : sigwaitinfo(&watched, NULL);
    if (signal_number == SIGTERM && kill_at == 0) {
      kill_at = now_s() + GRACE_S;
      signal_children(SIGTERM);
    }
  }

  struct rusage used;
  getrusage(RUSAGE_CHILDREN, &used);
  dprintf(3,
          "{\"startSeconds\":%.6f,\"endSeconds\":%.6f,\"cpuSeconds\":%.6f,\"peakMemoryBytes\":%ld,\"exitCode\":%d}\n",
          start, now_s(), seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss * 1024L, exit_code);
  return 0;
}
