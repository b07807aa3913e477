/* SPDX-License-Identifier: ISC
 *
 * Which USB device a file is on, by a tree of sysfs and a list of mounts that the test wrote.
 */
#include "tests/scratch.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "agent/control/block-device.h"

#define STICK    "devices/pci0/usb1/1-4/1-4.2"
#define DISK     STICK "/1-4.2:1.0/host6/target6:0:0/6:0:0:0/block/sda"
#define MAPPED   "devices/virtual/block/dm-0"
#define SATA     "devices/pci0/ata1/host0/target0:0:0/0:0:0:0/block/sdb"
#define LOOP     "devices/virtual/block/loop0"
#define PLACES_N 256

struct place {
    void *scratch;
    char sys[PLACES_N + 8], mountinfo[PLACES_N + 16];
    struct block_device_places places;
};

static const struct scratch *scratch_of(const struct place *place)
{
    return place->scratch;
}

static void put(const struct place *place, const char *name, const char *text)
{
    char path[512];

    assert_true(snprintf(path, sizeof(path), "sys/%s", name) < (int)sizeof(path));
    scratch_put(scratch_of(place)->fd, path, text, strlen(text));
}

static void link_to(const struct place *place, const char *name, const char *target)
{
    char path[512], above[512], *slash;
    struct error err = {0};

    assert_true(snprintf(path, sizeof(path), "sys/%s", name) < (int)sizeof(path));
    snprintf(above, sizeof(above), "%s", path);
    slash = strrchr(above, '/');
    *slash = '\0';
    assert_ok(path_make_folders(scratch_of(place)->fd, above, 0700, &err), &err);
    assert_int_equal(symlinkat(target, scratch_of(place)->fd, path), 0);
}

/* "8:1" and "sda1" of class/block lead to a folder of devices/. */
static void put_block(const struct place *place, const char *number, const char *folder)
{
    char path[512], target[512];

    snprintf(path, sizeof(path), "%s/dev", folder);
    put(place, path, number);
    snprintf(target, sizeof(target), "../../%s", folder);
    snprintf(path, sizeof(path), "dev/block/%s", number);
    link_to(place, path, target);
    snprintf(path, sizeof(path), "class/block/%s", strrchr(folder, '/') + 1);
    link_to(place, path, target);
}

static void put_usb(const struct place *place, const char *folder)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/descriptors", folder);
    put(place, path, "");
    snprintf(path, sizeof(path), "%s/subsystem", folder);
    link_to(place, path, "../../../../../../bus/usb");
}

static int set_up(void **state)
{
    struct place *place = bytes_allocate(1, sizeof(*place));

    if (scratch_open(&place->scratch) < 0)
        return -1;
    snprintf(place->sys, sizeof(place->sys), "%s/sys", scratch_of(place)->path);
    snprintf(place->mountinfo, sizeof(place->mountinfo), "%s/mountinfo", scratch_of(place)->path);
    place->places = (struct block_device_places){place->sys, place->mountinfo, "/dev"};
    put_usb(place, "devices/pci0/usb1");
    put_usb(place, "devices/pci0/usb1/1-4");
    put_usb(place, STICK);
    link_to(place, STICK "/1-4.2:1.0/subsystem", "../../../../../../../bus/usb");
    put_block(place, "8:0", DISK);
    put_block(place, "8:1", DISK "/sda1");
    put_block(place, "8:16", SATA);
    put_block(place, "253:0", MAPPED);
    link_to(place, MAPPED "/slaves/sda1",
            "../../../../pci0/usb1/1-4/1-4.2/1-4.2:1.0/host6/"
            "target6:0:0/6:0:0:0/block/sda/sda1");
    link_to(place, MAPPED "/slaves/sdb",
            "../../../../pci0/ata1/host0/target0:0:0/0:0:0:0/block/"
            "sdb");
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

static void named(struct place *place, const char *node, struct block_device *device)
{
    struct error err = {0};

    assert_ok(block_device_named(node, &place->places, device, &err), &err);
    assert_string_equal(device->node, node);
}

static void a_partition_is_on_the_port_of_its_disk(void **state)
{
    struct block_device device;

    named(*state, "sda1", &device);
    assert_int_equal(device.port_count, 1);
    assert_string_equal(device.ports[0], "1-4.2");
    named(*state, "sda", &device);
    assert_string_equal(device.ports[0], "1-4.2");
}

static void a_disk_of_the_machine_is_on_no_port(void **state)
{
    struct block_device device;

    named(*state, "sdb", &device);
    assert_int_equal(device.port_count, 0);
}

static void what_is_mapped_is_where_its_parts_are(void **state)
{
    struct block_device device;

    named(*state, "dm-0", &device);
    assert_int_equal(device.port_count, 1);
    assert_string_equal(device.ports[0], "1-4.2");
}

static void a_device_of_itself_is_refused(void **state)
{
    struct place *place = *state;
    struct block_device device;
    struct error err = {0};

    put_block(place, "253:1", "devices/virtual/block/dm-1");
    link_to(place, "devices/virtual/block/dm-1/slaves/dm-1", "../../dm-1");
    assert_int_equal(block_device_named("dm-1", &place->places, &device, &err), -ERROR_LIMIT);
}

static void no_name_leads_out_of_the_class(void **state)
{
    struct place *place = *state;
    struct block_device device;
    struct error err = {0};

    assert_int_equal(block_device_named("../block/sda", &place->places, &device, &err),
                     -ERROR_NOT_FOUND);
    assert_int_equal(block_device_named("..", &place->places, &device, &err), -ERROR_NOT_FOUND);
    assert_int_equal(block_device_named("sdz", &place->places, &device, &err), -ERROR_NOT_FOUND);
}

/* The scratch folder's own device number becomes a partition of the stick. */
static void a_folder_is_on_the_device_of_its_filesystem(void **state)
{
    struct place *place = *state;
    struct block_device device;
    struct error err = {0};
    char number[32];
    struct stat status;

    assert_int_equal(fstat(scratch_of(place)->fd, &status), 0);
    if (major(status.st_dev) == 0)
        skip();
    assert_ok(block_device_of(scratch_of(place)->fd, &place->places, &device, &err), &err);
    assert_string_equal(device.node, "");
    snprintf(number, sizeof(number), "%u:%u", major(status.st_dev), minor(status.st_dev));
    put_block(place, number, DISK "/sda2");
    assert_ok(block_device_of(scratch_of(place)->fd, &place->places, &device, &err), &err);
    assert_string_equal(device.node, "sda2");
    assert_string_equal(device.ports[0], "1-4.2");
}

static void a_loop_device_is_where_its_file_is(void **state)
{
    struct place *place = *state;
    struct block_device device;
    char number[32], file[PLACES_N + 32];
    struct stat status;

    assert_int_equal(fstat(scratch_of(place)->fd, &status), 0);
    if (major(status.st_dev) == 0)
        skip();
    snprintf(number, sizeof(number), "%u:%u", major(status.st_dev), minor(status.st_dev));
    put_block(place, number, DISK "/sda2");
    put_block(place, "7:0", LOOP);
    scratch_write(scratch_of(place), "image", "");
    snprintf(file, sizeof(file), "%s/image\n", scratch_of(place)->path);
    put(place, LOOP "/loop/backing_file", file);
    named(place, "loop0", &device);
    assert_int_equal(device.port_count, 1);
    put(place, LOOP "/loop/backing_file", "/nonexistent (deleted)\n");
    named(place, "loop0", &device);
    assert_int_equal(device.port_count, 0);
}

static void what_is_mounted_is_found_by_disk_and_partition(void **state)
{
    struct place *place = *state;
    char where[LIMIT_PATH_BYTES + 1];
    struct error err = {0};

    scratch_write(scratch_of(place), "mountinfo",
                  "22 1 8:16 / / rw,relatime shared:1 - ext4 /dev/sdb rw\n"
                  "30 22 8:1 / /media/my\\040stick ro,nosuid - vfat /dev/sda1 ro\n");
    assert_ok(block_device_mounted("sda", &place->places, where, &err), &err);
    assert_string_equal(where, "/media/my stick");
    assert_ok(block_device_mounted("sdb", &place->places, where, &err), &err);
    assert_string_equal(where, "/");
    assert_ok(block_device_mounted("sd", &place->places, where, &err), &err);
    assert_string_equal(where, "");
}

static void no_list_of_mounts_is_an_error(void **state)
{
    struct place *place = *state;
    char where[LIMIT_PATH_BYTES + 1];
    struct error err = {0};

    assert_int_equal(block_device_mounted("sda", &place->places, where, &err), -ERROR_IO);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_partition_is_on_the_port_of_its_disk),
        TEST(a_disk_of_the_machine_is_on_no_port),
        TEST(what_is_mapped_is_where_its_parts_are),
        TEST(a_device_of_itself_is_refused),
        TEST(no_name_leads_out_of_the_class),
        TEST(a_folder_is_on_the_device_of_its_filesystem),
        TEST(a_loop_device_is_where_its_file_is),
        TEST(what_is_mounted_is_found_by_disk_and_partition),
        TEST(no_list_of_mounts_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
