/* SPDX-License-Identifier: ISC */
#include "tests/tui/run-sallyport.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS 32

static int open_sink(void)
{
    FILE *file = tmpfile();
    int fd = file != NULL ? dup(fileno(file)) : -1;

    if (file != NULL)
        fclose(file);
    return fd;
}

static void take_back(int fd, char said[SAID_BYTES])
{
    size_t used = 0;
    ssize_t got;

    lseek(fd, 0, SEEK_SET);
    while (used < SAID_BYTES - 1 && (got = read(fd, said + used, SAID_BYTES - 1 - used)) > 0)
        used += (size_t)got;
    said[used] = '\0';
}

static void become(const char *const *arguments, const char *environment, int in, int out, int err)
{
    const char *top = getenv("TOP_BUILDDIR");
    char program[1024], path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8";
    char *argv[ARGUMENTS] = {NULL}, *env[4] = {path, locale, (char *)(size_t)environment, NULL};

    snprintf(program, sizeof(program), "%s/tui/sallyport", top != NULL ? top : ".");
    argv[0] = program;
    for (size_t i = 0; arguments[i] != NULL && i < ARGUMENTS - 2; i++)
        argv[i + 1] = (char *)(size_t)arguments[i];
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execve(program, argv, env);
    _exit(127);
}

static int run_with(const char *const *arguments, const char *environment, int in,
                    struct said *said)
{
    int out = open_sink(), err = open_sink(), status = 0;
    pid_t pid;

    if (in < 0 || out < 0 || err < 0)
        return -1;
    pid = fork();
    if (pid == 0)
        become(arguments, environment, in, out, err);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    said->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    take_back(out, said->out);
    take_back(err, said->err);
    close(out);
    close(err);
    return 0;
}

int run_sallyport(const char *const *arguments, const char *environment, struct said *said)
{
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int result = run_with(arguments, environment, in, said);

    close(in);
    return result;
}

int run_sallyport_typing(const char *const *arguments, const char *typed, struct said *said)
{
    return run_sallyport_at(arguments, NULL, typed, said);
}

int run_sallyport_at(const char *const *arguments, const char *environment, const char *typed,
                     struct said *said)
{
    int keyboard = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    int terminal = -1, result = -1;

    if (keyboard >= 0 && grantpt(keyboard) == 0 && unlockpt(keyboard) == 0)
        terminal = open(ptsname(keyboard), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal >= 0 && write(keyboard, typed, strlen(typed)) == (ssize_t)strlen(typed))
        result = run_with(arguments, environment, terminal, said);
    close(terminal);
    close(keyboard);
    return result;
}
