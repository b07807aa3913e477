/* SPDX-License-Identifier: ISC
 *
 * What test-spawn starts: does what its first argument says and tells over descriptor 3.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static int tell(const char *text)
{
    return write(3, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : 1;
}

static int tell_descriptors(void)
{
    char list[256] = "";

    for (int fd = 0; fd < 1024; fd++) {
        struct stat status;
        size_t used = strlen(list);

        if (fstat(fd, &status) == 0)
            snprintf(list + used, sizeof(list) - used, "%d%s ", fd,
                     S_ISCHR(status.st_mode) ? "n" : "");
    }
    return tell(list);
}

static int tell_environment(void)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        if (strncmp(*entry, "ASAN_OPTIONS=", 13) != 0 && (tell(*entry) || tell(" ")))
            return 1;
    }
    return 0;
}

static int tell_identity(void)
{
    struct rlimit limit;
    struct sigaction action;
    sigset_t blocked;
    char folder[64];
    char text[256];

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || getcwd(folder, sizeof(folder)) == NULL ||
        sigaction(SIGPIPE, NULL, &action) < 0 || sigprocmask(SIG_SETMASK, NULL, &blocked) < 0)
        return 1;
    snprintf(text, sizeof(text), "uid %u gid %u files %lu cwd %s pipe %s blocked %d", getuid(),
             getgid(), (unsigned long)limit.rlim_cur, folder,
             action.sa_handler == SIG_DFL ? "default" : "changed", sigismember(&blocked, SIGUSR1));
    return tell(text);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 9;
    if (strcmp(argv[1], "descriptors") == 0)
        return tell_descriptors();
    if (strcmp(argv[1], "environment") == 0)
        return tell_environment();
    if (strcmp(argv[1], "identity") == 0)
        return tell_identity();
    if (strcmp(argv[1], "hang") == 0) {
        for (;;)
            pause();
    }
    if (strcmp(argv[1], "log") == 0)
        return dprintf(4, "a line\n") > 0 ? 3 : 1;
    return 8;
}
