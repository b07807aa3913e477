/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/sensor-start.h"
#include "media/base/limits.h"
#include "tests/scratch.h"

#define PID 7

struct scene {
    struct scratch *scratch;
    int proc;
    struct sensor_starts *starts;
};

static void put(const struct scene *scene, const char *name, const void *data, size_t size)
{
    scratch_put(scene->scratch->fd, name, data, size);
}

/* An ELF program of two headers, the second of `type`. */
static void put_wide(const struct scene *scene, const char *name, uint32_t type)
{
    struct {
        Elf64_Ehdr head;
        Elf64_Phdr rows[2];
    } file = {.head = {.e_ident = ELFMAG, .e_phoff = sizeof(Elf64_Ehdr), .e_phnum = 2},
              .rows = {{.p_type = PT_LOAD}, {.p_type = type}}};

    file.head.e_ident[EI_CLASS] = ELFCLASS64;
    put(scene, name, &file, sizeof(file));
}

static void put_narrow(const struct scene *scene, const char *name, uint32_t type)
{
    struct {
        Elf32_Ehdr head;
        Elf32_Phdr rows[2];
    } file = {.head = {.e_ident = ELFMAG, .e_phoff = sizeof(Elf32_Ehdr), .e_phnum = 2},
              .rows = {{.p_type = PT_LOAD}, {.p_type = type}}};

    file.head.e_ident[EI_CLASS] = ELFCLASS32;
    put(scene, name, &file, sizeof(file));
}

static int open_file(const struct scene *scene, const char *name)
{
    int fd = openat(scene->scratch->fd, name, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static int begin(void **state)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));

    if (scratch_open((void **)&scene->scratch) < 0)
        return -1;
    scene->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scene->starts = sensor_starts_new(scene->proc);
    put(scene, "script", "#!/bin/sh\n", 10);
    put_wide(scene, "dynamic", PT_INTERP);
    put_wide(scene, "loader", PT_NULL);
    put_wide(scene, "static", PT_NULL);
    *state = scene;
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;

    sensor_starts_free(scene->starts);
    close(scene->proc);
    scratch_close((void **)&scene->scratch);
    free(scene);
    return 0;
}

static void add(const struct scene *scene, pid_t pid, const char *name)
{
    sensor_start_add(scene->starts, pid, open_file(scene, name));
}

static void assert_path(const struct scene *scene, const struct sensor_proc_path *path,
                        const char *name)
{
    char expected[512];

    snprintf(expected, sizeof(expected), "%s/%s", scene->scratch->path, name);
    assert_int_equal(path->size, strlen(expected));
    assert_memory_equal(path->bytes, expected, path->size);
}

static enum sensor_file_kind kind(const struct scene *scene, const char *name)
{
    int fd = open_file(scene, name);
    enum sensor_file_kind found = sensor_file_kind(fd);

    close(fd);
    return found;
}

static void files_are_told_by_their_first_bytes(void **state)
{
    const struct scene *scene = *state;
    Elf64_Ehdr head = {.e_ident = ELFMAG, .e_phoff = UINT64_MAX - 7, .e_phnum = UINT16_MAX};

    head.e_ident[EI_CLASS] = ELFCLASS64;
    assert_int_equal(kind(scene, "script"), SENSOR_FILE_SCRIPT);
    assert_int_equal(kind(scene, "dynamic"), SENSOR_FILE_DYNAMIC);
    assert_int_equal(kind(scene, "static"), SENSOR_FILE_STATIC);
    put_narrow(scene, "narrow", PT_INTERP);
    assert_int_equal(kind(scene, "narrow"), SENSOR_FILE_DYNAMIC);
    put_narrow(scene, "narrow", PT_NULL);
    assert_int_equal(kind(scene, "narrow"), SENSOR_FILE_STATIC);
    put(scene, "lying", &head, sizeof(head));
    assert_int_equal(kind(scene, "lying"), SENSOR_FILE_STATIC);
    put(scene, "short", &head, sizeof(Elf32_Ehdr) - 1);
    assert_int_equal(kind(scene, "short"), SENSOR_FILE_OTHER);
    put(scene, "short", "#", 1);
    assert_int_equal(kind(scene, "short"), SENSOR_FILE_OTHER);
    put(scene, "short", "", 0);
    assert_int_equal(kind(scene, "short"), SENSOR_FILE_OTHER);
    assert_int_equal(sensor_file_kind(-1), SENSOR_FILE_OTHER);
}

static void a_script_is_itself_and_its_interpreter(void **state)
{
    const struct scene *scene = *state;
    struct sensor_start *start;
    struct stat status;

    add(scene, PID, "script");
    assert_null(sensor_start_take(scene->starts, PID));
    add(scene, PID, "dynamic");
    add(scene, PID, "loader");
    start = sensor_start_take(scene->starts, PID);
    assert_non_null(start);
    assert_path(scene, &start->path, "script");
    assert_path(scene, &start->program, "dynamic");
    assert_int_equal(fstatat(scene->scratch->fd, "dynamic", &status, 0), 0);
    assert_int_equal(start->inode, status.st_ino);
    assert_int_equal(start->device, status.st_dev);
    assert_int_equal(sensor_file_kind(start->fd), SENSOR_FILE_SCRIPT);
    sensor_start_done(start);
    assert_null(sensor_start_take(scene->starts, PID));
}

static void a_program_is_itself(void **state)
{
    const struct scene *scene = *state;
    struct sensor_start *start;

    add(scene, PID, "static");
    start = sensor_start_take(scene->starts, PID);
    assert_non_null(start);
    assert_path(scene, &start->path, "static");
    assert_int_equal(start->program.size, 0);
    assert_null(sensor_start_take(scene->starts, PID + 1));
    sensor_start_done(start);
}

/* The loader of the one before is no start of its own. */
static void starts_are_taken_in_their_order(void **state)
{
    const struct scene *scene = *state;
    struct sensor_start *start;

    add(scene, PID, "dynamic");
    add(scene, PID, "loader");
    add(scene, PID, "static");
    start = sensor_start_take(scene->starts, PID);
    assert_path(scene, &start->path, "dynamic");
    sensor_start_done(start);
    start = sensor_start_take(scene->starts, PID);
    assert_path(scene, &start->path, "static");
    sensor_start_done(start);
    assert_null(sensor_start_take(scene->starts, PID));
}

/* A user's own program, behind a start that has failed: for the administrator, mode 0666 will do. */
static void put_evil(const struct scene *scene, uint32_t type)
{
    put_wide(scene, "evil", type);
    assert_int_equal(fchmodat(scene->scratch->fd, "evil", 0666, 0), 0);
}

static void assert_last_path(const struct scene *scene, unsigned count, const char *name)
{
    struct sensor_start *start = NULL;

    for (unsigned i = 0; i < count; i++) {
        start = sensor_start_take(scene->starts, PID);
        assert_non_null(start);
        if (i == count - 1)
            assert_path(scene, &start->path, name);
        sensor_start_done(start);
    }
    assert_null(sensor_start_take(scene->starts, PID));
}

static void nothing_hides_behind_a_start_that_failed(void **state)
{
    static const char *const before[] = {"dynamic", "script", "other"};
    const struct scene *scene = *state;

    put(scene, "other", "nothing", 7);
    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        put_evil(scene, PT_NULL);
        add(scene, PID, before[i]);
        add(scene, PID, "evil");
        assert_last_path(scene, 2, "evil");
        put_evil(scene, PT_INTERP);
        add(scene, PID, before[i]);
        add(scene, PID, "evil");
        add(scene, PID, "loader");
        assert_last_path(scene, 2, "evil");
        put(scene, "evil", "#!/bin/sh", 9);
        add(scene, PID, before[i]);
        add(scene, PID, "evil");
        add(scene, PID, "dynamic");
        add(scene, PID, "loader");
        assert_last_path(scene, 2, "evil");
    }
}

static void what_is_forgotten_is_closed(void **state)
{
    const struct scene *scene = *state;
    int fds[3];

    for (int i = 0; i < 3; i++) {
        fds[i] = open_file(scene, "static");
        sensor_start_add(scene->starts, PID + i, fds[i]);
    }
    sensor_start_forget(scene->starts, PID);
    assert_int_equal(fcntl(fds[0], F_GETFD), -1);
    assert_null(sensor_start_take(scene->starts, PID));
    assert_non_null(sensor_start_take(scene->starts, PID + 1));
    sensor_start_forget(scene->starts, 0);
    assert_int_equal(fcntl(fds[1], F_GETFD), -1);
    assert_int_equal(fcntl(fds[2], F_GETFD), -1);
    assert_null(sensor_start_take(scene->starts, PID + 2));
}

static void the_oldest_makes_room(void **state)
{
    const struct scene *scene = *state;

    for (int i = 0; i <= LIMIT_SENSOR_STARTS; i++)
        add(scene, PID + i, "static");
    assert_null(sensor_start_take(scene->starts, PID));
    for (int i = 1; i <= LIMIT_SENSOR_STARTS; i++)
        assert_non_null(sensor_start_take(scene->starts, PID + i));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_are_told_by_their_first_bytes),
        TEST(a_script_is_itself_and_its_interpreter),
        TEST(a_program_is_itself),
        TEST(starts_are_taken_in_their_order),
        TEST(nothing_hides_behind_a_start_that_failed),
        TEST(what_is_forgotten_is_closed),
        TEST(the_oldest_makes_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
