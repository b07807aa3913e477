/* SPDX-License-Identifier: ISC */
#include "media/base/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "media/base/bytes.h"

#define INTERRUPT 3 /* Ctrl-C, as a character */

void passphrase_free(char *passphrase)
{
    if (passphrase != NULL)
        bytes_wipe(passphrase, strlen(passphrase));
    free(passphrase);
}

/* Up to the end, or to the end of the line. Read byte by byte: what follows the line in a pipe or
 * terminal is not ours. */
static int read_line(int fd, char **line, struct error *err)
{
    char text[PASSPHRASE_BYTES + 1];
    size_t size = 0;
    ssize_t got;
    int result = 0;

    while ((got = read(fd, &text[size], 1)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            result = error_set_errno(err, ERROR_IO, errno, "reading a passphrase");
            goto out;
        }
        if (text[size] == '\n')
            break;
        if (text[size] == '\0' || text[size] == INTERRUPT || ++size > PASSPHRASE_BYTES) {
            result = error_set(err, ERROR_USAGE,
                               "a passphrase has at most %d bytes, no control characters",
                               PASSPHRASE_BYTES);
            goto out;
        }
    }
    text[size] = '\0';
    if (size == 0)
        result = error_set(err, ERROR_SECRET_NEEDED, "the passphrase is empty");
    else
        *line = bytes_copy_string(text);
out:
    bytes_wipe(text, sizeof(text));
    return result;
}

static int read_file(const char *file, char **passphrase, struct error *err)
{
    struct stat status;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int result;

    if (fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", file);
    if (fstat(fd, &status) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "%s", file);
    else if (!S_ISREG(status.st_mode))
        result = error_set(err, ERROR_USAGE, "%s: not a regular file; use --passphrase-fd", file);
    else if ((status.st_mode & 077) != 0)
        result = error_set(err, ERROR_USAGE, "%s: others can read it (mode %03o); chmod 600 it",
                           file, status.st_mode & 0777);
    else
        result = read_line(fd, passphrase, err);
    (void)close(fd);
    return result;
}

/* Asks without echo. The terminal is given back as it was. */
static int ask(int terminal, const char *what, const char *again, char **passphrase,
               struct error *err)
{
    struct termios before, quiet;
    int result;

    if (tcgetattr(terminal, &before) < 0)
        return error_set_errno(err, ERROR_IO, errno, "the terminal");
    /* Ctrl-C becomes a character that ends the line: as a signal it would leave the terminal mute. */
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
    quiet.c_cc[VEOL] = INTERRUPT;
    if (tcsetattr(terminal, TCSAFLUSH, &quiet) < 0)
        return error_set_errno(err, ERROR_IO, errno, "the terminal");
    dprintf(terminal, "Passphrase for %s%s: ", what, again);
    result = read_line(terminal, passphrase, err);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    dprintf(terminal, "\n");
    if (result < 0 && err->code == ERROR_USAGE)
        error_set(err, ERROR_SECRET_NEEDED, "%s: interrupted, or too long", what);
    return result;
}

static int prompt(const struct passphrase_source *source, bool confirm, char **passphrase,
                  struct error *err)
{
    char *second = NULL;
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    int result;

    if (terminal < 0)
        return error_set(err, ERROR_SECRET_NEEDED, "%s: no terminal to ask on, and no %s",
                         source->what, source->option);
    result = ask(terminal, source->what, "", passphrase, err);
    if (result == 0 && confirm)
        result = ask(terminal, source->what, ", again", &second, err);
    if (result == 0 && confirm && strcmp(*passphrase, second) != 0)
        result = error_set(err, ERROR_USAGE, "%s: the two are not the same", source->what);
    if (result < 0) {
        passphrase_free(*passphrase);
        *passphrase = NULL;
    }
    passphrase_free(second);
    (void)close(terminal);
    return result;
}

int passphrase_read(const struct passphrase_source *source, bool confirm, char **passphrase,
                    struct error *err)
{
    *passphrase = NULL;
    if (source->file != NULL && source->has_fd)
        return error_set(err, ERROR_USAGE, "%s and its -fd form: give one", source->option);
    if (source->file != NULL)
        return read_file(source->file, passphrase, err);
    if (source->has_fd && source->fd > INT32_MAX)
        return error_set(err, ERROR_USAGE, "no such descriptor");
    if (source->has_fd)
        return read_line((int)source->fd, passphrase, err);
    if (!source->prompt)
        return error_set(err, ERROR_SECRET_NEEDED, "%s: %s is needed", source->what,
                         source->option);
    return prompt(source, confirm, passphrase, err);
}
