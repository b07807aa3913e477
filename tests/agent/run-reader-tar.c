/* SPDX-License-Identifier: ISC */
#include "tests/agent/run-reader-tar.h"

#include <sys/socket.h>

void open_reader(struct tar_reader *reader, int fd)
{
    static const char *const arguments[] = {"sallyport-reader-tar", NULL};
    struct spawn spawn = {.arguments = arguments, .fd_count = 1, .fds = {fd}};
    struct error err = {0};
    char program[4096];

    snprintf(program, sizeof(program), "%s/agent/sallyport-reader-tar", getenv("TOP_BUILDDIR"));
    spawn.program = program;
    reader->fd = fd;
    assert_ok(spawn_with_socket(&spawn, &reader->child, &err), &err);
    assert_ok(reader_open(reader->child.socket, &reader->reader, &err), &err);
}

void close_reader(struct tar_reader *reader)
{
    struct error err = {0};
    int status, killed;

    reader_close(reader->reader);
    shutdown(reader->child.socket, SHUT_RDWR);
    assert_ok(spawn_finish(&reader->child, 120000, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    assert_int_equal(status, 0);
    close(reader->fd);
}

void open_bytes(struct tar_reader *reader, const struct scratch *scratch, const struct bytes *tar)
{
    struct error err = {0};
    int fd;

    scratch_put(scratch->fd, "it.tar", tar->data, tar->size);
    assert_ok(path_open(scratch->fd, "it.tar", O_RDONLY, 0, &fd, &err), &err);
    open_reader(reader, fd);
}

void assert_holds(struct tar_reader *reader, const char *name, const char *text)
{
    struct error err = {0};
    struct bytes out;

    assert_ok(reader_read_all(reader->reader, name, MAX_BYTES, &out, &err), &err);
    assert_int_equal(out.size, strlen(text));
    assert_memory_equal(out.data, text, out.size);
    bytes_clear(&out);
}

void begin(struct bytes *tar)
{
    bytes_init(tar, MAX_BYTES);
    tar_file(tar, FORMAT, TEXT);
}
