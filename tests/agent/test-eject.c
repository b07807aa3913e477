/* SPDX-License-Identifier: ISC
 *
 * Which disks are let go of, and which stay: by a tree of sysfs, a list of mounts and a folder of
 * device files that the test wrote.
 */
#include "tests/scratch.h"

#include <sys/stat.h>

#include "agent/eject.h"

#define USB "sys/devices/usb1"

struct place {
    void *scratch;
    char sys[300], mountinfo[300], dev[300];
    struct block_device_places places;
};

static int folder_of(const struct place *place)
{
    return ((const struct scratch *)place->scratch)->fd;
}

/* A disk on a port ("" for none) with a file in place of the kernel's switch. */
static void put_disk(const struct place *place, const char *port, const char *disk)
{
    char folder[256], name[512], target[512];
    struct error err = {0};

    snprintf(folder, sizeof(folder), "devices/usb1/%s%shost/block/%s", port,
             port[0] != '\0' ? "/" : "", disk);
    snprintf(name, sizeof(name), "sys/%s/device/delete", folder);
    scratch_put(folder_of(place), name, "", 0);
    assert_ok(path_make_folders(folder_of(place), "sys/class/block", 0700, &err), &err);
    snprintf(name, sizeof(name), "sys/class/block/%s", disk);
    snprintf(target, sizeof(target), "../../%s", folder);
    assert_int_equal(symlinkat(target, folder_of(place), name), 0);
    snprintf(name, sizeof(name), "dev/%s", disk);
    scratch_put(folder_of(place), name, "", 0);
    if (port[0] == '\0')
        return;
    snprintf(name, sizeof(name), USB "/%s/descriptors", port);
    scratch_put(folder_of(place), name, "", 0);
    snprintf(name, sizeof(name), USB "/%s/subsystem", port);
    (void)!symlinkat("../../../bus/usb", folder_of(place), name);
}

static int set_up(void **state)
{
    struct place *place = bytes_allocate(1, sizeof(*place));
    const struct scratch *scratch;

    if (scratch_open(&place->scratch) < 0)
        return -1;
    scratch = place->scratch;
    snprintf(place->sys, sizeof(place->sys), "%s/sys", scratch->path);
    snprintf(place->dev, sizeof(place->dev), "%s/dev", scratch->path);
    snprintf(place->mountinfo, sizeof(place->mountinfo), "%s/mountinfo", scratch->path);
    place->places = (struct block_device_places){place->sys, place->mountinfo, place->dev};
    put_disk(place, "1-1", "sdb");
    put_disk(place, "1-1", "sdc");
    put_disk(place, "1-2", "sdd");
    put_disk(place, "", "sda");
    scratch_write(scratch, "mountinfo", "30 22 0:45 / / rw - overlay overlay rw\n");
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    int result = scratch_close(&place->scratch);

    free(place);
    return result;
}

static bool is_let_go(const struct place *place, const char *disk)
{
    char path[512];
    struct stat status;

    snprintf(path, sizeof(path), "%s/class/block/%s/device/delete", place->sys, disk);
    assert_int_equal(stat(path, &status), 0);
    return status.st_size > 0;
}

static void every_disk_of_a_reader_is_let_go_and_no_other(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    json_t *reply;

    assert_ok(eject_medium("sdc", &place->places, &reply, &err), &err);
    assert_true(json_is_true(json_object_get(reply, "stopped")));
    assert_string_equal(json_string_value(json_object_get(reply, "port")), "1-1");
    assert_int_equal(json_array_size(json_object_get(reply, "nodes")), 2);
    assert_true(is_let_go(place, "sdb"));
    assert_true(is_let_go(place, "sdc"));
    assert_false(is_let_go(place, "sdd"));
    json_decref(reply);
}

static void a_port_names_its_disks(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    json_t *reply;

    assert_ok(eject_medium("1-2", &place->places, &reply, &err), &err);
    assert_true(is_let_go(place, "sdd"));
    assert_false(is_let_go(place, "sdb"));
    json_decref(reply);
}

static void a_disk_of_the_machine_is_never_let_go(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    json_t *reply;

    assert_refused(eject_medium("sda", &place->places, &reply, &err), &err, ERROR_BLOCKED);
    assert_null(reply);
    assert_false(is_let_go(place, "sda"));
    assert_refused(eject_medium("1-9", &place->places, &reply, &err), &err, ERROR_NOT_FOUND);
}

static void what_is_mounted_stays_and_the_place_is_named(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    json_t *reply;

    scratch_put(folder_of(place), "sys/dev/block/x", "", 0);
    assert_int_equal(
        symlinkat("../../devices/usb1/1-1/host/block/sdb", folder_of(place), "sys/dev/block/8:16"),
        0);
    scratch_write(place->scratch, "mountinfo", "30 22 8:16 / /media/stick rw - vfat /dev/sdb rw\n");
    assert_refused(eject_medium("1-1", &place->places, &reply, &err), &err, ERROR_MEDIUM_MOUNTED);
    assert_non_null(strstr(err.words, "/media/stick"));
    assert_false(is_let_go(place, "sdb"));
    assert_false(is_let_go(place, "sdc"));
}

/* As an agent sees it that may not open the disk: /dev/mapper/secret is mounted, not /dev/sdb1. */
static void an_encrypted_volume_that_is_open_keeps_its_stick(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    json_t *reply;

    scratch_put(folder_of(place), USB "/1-1/host/block/sdb/sdb1/holders/dm-0", "", 0);
    assert_refused(eject_medium("1-1", &place->places, &reply, &err), &err, ERROR_LOCKED);
    assert_non_null(strstr(err.words, "dm-0"));
    assert_false(is_let_go(place, "sdb"));
    scratch_put(folder_of(place), USB "/1-2/host/block/sdd/holders/md0", "", 0);
    assert_refused(eject_medium("sdd", &place->places, &reply, &err), &err, ERROR_LOCKED);
    assert_false(is_let_go(place, "sdd"));
}

static void without_the_right_it_is_said_and_may_be_pulled(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    json_t *reply;

    assert_int_equal(unlinkat(folder_of(place), USB "/1-2/host/block/sdd/device/delete", 0), 0);
    assert_ok(eject_medium("1-2", &place->places, &reply, &err), &err);
    assert_true(json_is_false(json_object_get(reply, "stopped")));
    assert_non_null(
        strstr(json_string_value(json_object_get(reply, "words")), "may be pulled now"));
    json_decref(reply);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_disk_of_a_reader_is_let_go_and_no_other),
        TEST(a_port_names_its_disks),
        TEST(a_disk_of_the_machine_is_never_let_go),
        TEST(what_is_mounted_stays_and_the_place_is_named),
        TEST(an_encrypted_volume_that_is_open_keeps_its_stick),
        TEST(without_the_right_it_is_said_and_may_be_pulled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
