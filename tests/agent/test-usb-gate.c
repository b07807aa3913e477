/* SPDX-License-Identifier: ISC
 *
 * What is plugged in, by a program in place of sallyport-usb and a tree of sysfs that the test wrote:
 * the table that is kept of it, what is recorded, and what may be read.
 */
#include "tests/scratch.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "agent/audit.h"
#include "agent/media-view.h"
#include "agent/usb-gate.h"
#include "media/base/json.h"

#define STEP_MS 100
#define STEPS   100
#define FLOOD   150 /* more than two minutes may bring */

struct place {
    void *scratch;
    char sys[300];
    struct config config;
    struct block_device_places places;
    struct usb_gate gate;
};

static const struct scratch *scratch_of(const struct place *place)
{
    return place->scratch;
}

/* The program finds its list beside itself, so it is a copy. */
static int copy_program(const struct place *place)
{
    const char *top = getenv("TOP_BUILDDIR");
    char path[512], block[65536];
    int from, to, folder = scratch_folder(scratch_of(place)->fd, "libexec");
    ssize_t size;

    snprintf(path, sizeof(path), "%s/tests/agent/fake-usb", top != NULL ? top : ".");
    from = open(path, O_RDONLY | O_CLOEXEC);
    to = openat(folder, "sallyport-usb", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    if (from < 0 || to < 0)
        return -1;
    while ((size = read(from, block, sizeof(block))) > 0) {
        if (write(to, block, (size_t)size) != size)
            return -1;
    }
    close(from);
    close(to);
    return fchmod(folder, 0755) == 0 && close(folder) == 0 ? (int)size : -1;
}

static struct usb_device stick(const char *port, unsigned number)
{
    struct usb_device device = {
        .bus = 1, .number = number, .speed_mbit = 480, .vendor = 0x0951, .product = 0x1666};
    struct error err;

    assert_ok(usb_port_take(port, &device, &err), &err);
    assert_ok(usb_interface_add(&device, (struct usb_interface){8, 6, 0x50}, &err), &err);
    memset(device.digest, 7, sizeof(device.digest));
    snprintf(device.name, sizeof(device.name), "DataTraveler");
    snprintf(device.serial, sizeof(device.serial), "E0D55EA574D1F7A1");
    return device;
}

static void put_devices(const struct place *place, const struct usb_device *devices, size_t count)
{
    int folder = scratch_folder(scratch_of(place)->fd, "libexec"), fd;
    json_t *list = json_array();
    struct usb_device hub = {.bus = 1, .number = 1, .speed_mbit = 480, .kind = {9, 0, 1}};
    struct error err = {0};

    assert_ok(usb_port_take("usb1", &hub, &err), &err);
    assert_ok(usb_interface_add(&hub, (struct usb_interface){9, 0, 0}, &err), &err);
    json_array_append_new(list, usb_to_json(&hub));
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, usb_to_json(&devices[i]));
    fd = openat(folder, "new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_int_equal(json_dumpfd(list, fd, 0), 0);
    close(fd);
    assert_int_equal(renameat(folder, "new", folder, "devices"), 0);
    close(folder);
    json_decref(list);
}

static int set_up(void **state)
{
    struct place *place = bytes_allocate(1, sizeof(*place));
    char path[300];
    struct error err = {0};

    if (scratch_open(&place->scratch) < 0 || fchmod(scratch_of(place)->fd, 0755) < 0 ||
        copy_program(place) < 0)
        return -1;
    assert_ok(config_read("/nonexistent/agent.conf", false, &place->config, &err), &err);
    snprintf(path, sizeof(path), "%s/libexec", scratch_of(place)->path);
    assert_ok(config_override(&place->config, "libexec", path, &err), &err);
    snprintf(path, sizeof(path), "%s/state", scratch_of(place)->path);
    place->gate.config = &place->config;
    assert_ok(state_open(path, "test", &place->gate.state, &err), &err);
    snprintf(place->sys, sizeof(place->sys), "%s/sys", scratch_of(place)->path);
    place->places = (struct block_device_places){place->sys, "/proc/self/mountinfo", "/dev"};
    place->gate.places = &place->places;
    usb_gate_open(&place->gate);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    int result;

    usb_gate_close(&place->gate);
    state_close(place->gate.state);
    config_clear(&place->config);
    result = scratch_close(&place->scratch);
    free(place);
    return result;
}

/* Waits until so many devices, the root hub among them, are told of; bounded. */
static void await(struct place *place, size_t wanted)
{
    struct error err;
    size_t count = 0;

    for (int i = 0; i < STEPS; i++) {
        usb_watch_wait(place->gate.watch, STEP_MS);
        usb_watch_devices(place->gate.watch, &count);
        if (usb_watch_settled(place->gate.watch, &err) == 0 && count == wanted)
            return;
    }
    fail_msg("%zu devices, not %zu", count, wanted);
}

static struct usb_verdict verdict_at(struct place *place, const char *port)
{
    const struct usb_device *device = usb_watch_find(place->gate.watch, port);
    struct media_registration registration;
    struct usb_verdict verdict;
    struct error err = {0};

    assert_non_null(device);
    assert_ok(usb_gate_judge(&place->gate, device, &verdict, &registration, &err), &err);
    return verdict;
}

static void register_at(struct place *place, const char *port)
{
    struct usb_gate_text text;
    const struct media_identity identity =
        usb_gate_identity(usb_watch_find(place->gate.watch, port), &text);
    struct error err = {0};
    json_t *row;

    assert_ok(media_registry_add(place->gate.state, &identity, "test", "", "uid 7", &row, &err),
              &err);
    json_decref(row);
}

/* "media-refused usb-not-allowed" and so on, in order. */
static void records(struct place *place, char out[static 512])
{
    struct error err = {0};
    json_t *list, *record;
    size_t i, used = 0;

    out[0] = '\0';
    assert_ok(audit_list(place->gate.state, 0, 100, &list, &err), &err);
    json_array_foreach(list, i, record) used +=
        (size_t)snprintf(out + used, 512 - used, "%s%s %s", i > 0 ? ", " : "",
                         json_string_value(json_object_get(record, "what")),
                         json_string_value(json_object_get(record, "code")));
    json_decref(list);
}

static void what_comes_and_goes_is_recorded(void **state)
{
    struct place *place = *state;
    struct usb_device one = stick("1-4", 5);
    char text[512];

    put_devices(place, &one, 1);
    await(place, 2);
    assert_int_equal(verdict_at(place, "1-4").code, ERROR_USB_NOT_ALLOWED);
    put_devices(place, NULL, 0);
    await(place, 1);
    records(place, text);
    assert_string_equal(text, "media-refused usb-not-allowed, media-removed ok");
}

static void news_of_a_device_is_no_second_insertion(void **state)
{
    struct place *place = *state;
    struct usb_device one = stick("1-4", 5);
    char text[512];

    put_devices(place, &one, 1);
    await(place, 2);
    one.block_count = 1;
    snprintf(one.blocks[0].node, sizeof(one.blocks[0].node), "sda");
    put_devices(place, &one, 1);
    for (int i = 0; i < STEPS && usb_watch_find(place->gate.watch, "sda") == NULL; i++)
        usb_watch_wait(place->gate.watch, STEP_MS);
    assert_non_null(usb_watch_find(place->gate.watch, "sda"));
    records(place, text);
    assert_string_equal(text, "media-refused usb-not-allowed");
}

/* Minutes may change meanwhile, once. */
static void a_flood_of_devices_is_not_all_remembered(void **state)
{
    struct place *place = *state;
    struct usb_device *devices = bytes_allocate(FLOOD, sizeof(*devices));
    struct media_sighting sighting;
    struct error err = {0};
    size_t count, known = 0;

    for (unsigned i = 0; i < FLOOD; i++) {
        char port[16];

        snprintf(port, sizeof(port), "1-%u", i + 1);
        devices[i] = stick(port, i + 2);
        snprintf(devices[i].serial, sizeof(devices[i].serial), "SERIAL%u", i);
    }
    put_devices(place, devices, FLOOD);
    await(place, FLOOD + 1);
    for (size_t i = 0; i < FLOOD; i++) {
        assert_ok(media_registry_sightings(place->gate.state, "0951:1666", devices[i].serial,
                                           &sighting, 1, &count, &err),
                  &err);
        known += count;
    }
    assert_in_range(known, 1, 120);
    free(devices);
}

static void a_registered_medium_may_be_read_until_it_changes(void **state)
{
    struct place *place = *state;
    struct usb_device one = stick("1-4", 5);
    struct usb_verdict verdict;

    put_devices(place, &one, 1);
    await(place, 2);
    register_at(place, "1-4");
    assert_int_equal(verdict_at(place, "1-4").code, ERROR_OK);
    put_devices(place, NULL, 0);
    await(place, 1);
    one.number = 6;
    one.digest[0] = 8;
    put_devices(place, &one, 1);
    await(place, 2);
    verdict = verdict_at(place, "1-4");
    assert_int_equal(verdict.code, ERROR_USB_CHANGED);
}

static void take_rule(struct place *place, const char *text)
{
    struct error err = {0};

    assert_ok(usb_rule_parse(text, 1, &place->config.usb_rules[0], &err), &err);
    place->config.usb_rule_count = 1;
}

static void rules_of_the_configuration_decide(void **state)
{
    struct place *place = *state;
    struct usb_device one = stick("1-4", 5);
    struct error err = {0};
    json_t *list;

    put_devices(place, &one, 1);
    await(place, 2);
    take_rule(place, "allow id 0951:1666");
    assert_int_equal(verdict_at(place, "1-4").code, ERROR_OK);
    assert_ok(media_view_devices(&place->gate, "", &list, &err), &err);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "rule")),
                        "rule 1: allow id 0951:1666");
    json_decref(list);
    place->config.registered_only = true;
    assert_int_equal(verdict_at(place, "1-4").code, ERROR_USB_NOT_ALLOWED);
    usb_rule_clear(&place->config.usb_rules[0]);
    take_rule(place, "block id *:*");
    register_at(place, "1-4");
    assert_int_equal(verdict_at(place, "1-4").code, ERROR_BLOCKED);
}

/* A program that ends is started again, and what it tells then is the truth. */
static void a_watcher_that_ends_comes_back(void **state)
{
    struct place *place = *state;
    struct usb_device one = stick("1-4", 5);
    int folder;

    put_devices(place, &one, 1);
    await(place, 2);
    folder = scratch_folder(scratch_of(place)->fd, "libexec");
    assert_int_equal(unlinkat(folder, "devices", 0), 0);
    await(place, 0);
    scratch_put(folder, "broken", "end", 3);
    assert_int_equal(fchmodat(folder, "broken", 0644, 0), 0);
    assert_int_equal(renameat(folder, "broken", folder, "devices"), 0);
    for (int i = 0; i < STEPS; i++) {
        struct error err;

        usb_watch_wait(place->gate.watch, STEP_MS);
        if (usb_watch_settled(place->gate.watch, &err) < 0) {
            assert_int_equal(err.code, ERROR_USB_UNTOLD);
            break;
        }
        assert_int_not_equal(i, STEPS - 1);
    }
    put_devices(place, &one, 1);
    await(place, 2);
    close(folder);
}

/* The scratch folder's own filesystem becomes a partition on the port. */
static void put_partition(const struct place *place, dev_t number, const char *told_number)
{
    static const char disk[] = "sys/devices/usb1/1-4/host/block/sda/sda1";
    int fd = scratch_of(place)->fd;
    struct error err = {0};
    char name[128];

    scratch_put(fd, "sys/devices/usb1/1-4/descriptors", "", 0);
    scratch_put(fd, "sys/devices/usb1/1-4/devnum", told_number, strlen(told_number));
    assert_int_equal(symlinkat("../../../bus/usb", fd, "sys/devices/usb1/1-4/subsystem"), 0);
    assert_ok(path_make_folders(fd, disk, 0700, &err), &err);
    assert_ok(path_make_folders(fd, "sys/bus/usb/devices", 0700, &err), &err);
    assert_int_equal(symlinkat("../../../devices/usb1/1-4", fd, "sys/bus/usb/devices/1-4"), 0);
    assert_ok(path_make_folders(fd, "sys/dev/block", 0700, &err), &err);
    snprintf(name, sizeof(name), "sys/dev/block/%u:%u", major(number), minor(number));
    assert_int_equal(symlinkat("../../devices/usb1/1-4/host/block/sda/sda1", fd, name), 0);
}

static dev_t number_of(const struct place *place)
{
    struct stat status;

    assert_int_equal(fstat(scratch_of(place)->fd, &status), 0);
    return status.st_dev;
}

static void a_folder_on_a_stick_is_judged_by_the_stick(void **state)
{
    struct place *place = *state;
    struct usb_device one = stick("1-4", 5);
    struct error err = {0};

    if (major(number_of(place)) == 0)
        skip();
    put_partition(place, number_of(place), "5\n");
    put_devices(place, &one, 1);
    assert_refused(usb_gate_check(&place->gate, scratch_of(place)->fd, &err), &err,
                   ERROR_USB_NOT_ALLOWED);
    assert_non_null(strstr(err.words, "sda1 is on USB device 0951:1666 at 1-4"));
    register_at(place, "1-4");
    assert_ok(usb_gate_check(&place->gate, scratch_of(place)->fd, &err), &err);
}

/* What was told is another plug-in than what is there. */
static void a_device_that_was_swapped_meanwhile_is_not_read(void **state)
{
    struct place *place = *state;
    struct usb_device one = stick("1-4", 5);
    struct error err = {0};

    if (major(number_of(place)) == 0)
        skip();
    put_devices(place, &one, 1);
    await(place, 2);
    register_at(place, "1-4");
    put_partition(place, number_of(place), "6\n");
    assert_refused(usb_gate_check(&place->gate, scratch_of(place)->fd, &err), &err,
                   ERROR_USB_UNTOLD);
}

static void without_a_watcher_nothing_on_usb_is_read(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    json_t *watch;

    if (major(number_of(place)) == 0)
        skip();
    assert_int_equal(unlinkat(scratch_of(place)->fd, "libexec/sallyport-usb", 0), 0);
    assert_ok(usb_gate_check(&place->gate, scratch_of(place)->fd, &err), &err);
    put_partition(place, number_of(place), "5\n");
    assert_refused(usb_gate_check(&place->gate, scratch_of(place)->fd, &err), &err,
                   ERROR_USB_UNTOLD);
    watch = media_view_watch(&place->gate);
    assert_true(json_is_false(json_object_get(watch, "running")));
    assert_non_null(strstr(json_string_value(json_object_get(watch, "words")), "not installed"));
    json_decref(watch);
}

/* [E6] That the kernel takes every device is said, not hidden. */
static void what_the_kernel_authorises_is_told(void **state)
{
    struct place *place = *state;
    json_t *watch;

    watch = media_view_watch(&place->gate);
    assert_true(json_is_null(json_object_get(watch, "authorized_default")));
    json_decref(watch);
    scratch_put(scratch_of(place)->fd, "sys/bus/usb/devices/usb1/authorized_default", "0\n", 2);
    scratch_put(scratch_of(place)->fd, "sys/bus/usb/devices/usb2/authorized_default", "1\n", 2);
    watch = media_view_watch(&place->gate);
    assert_string_equal(json_string_value(json_object_get(watch, "authorized_default")), "1");
    json_decref(watch);
    shows_case("E6");
}

static void devices_are_shown_with_what_decided(void **state)
{
    struct place *place = *state;
    struct usb_device both[2] = {stick("1-4", 5), stick("1-5", 6)};
    struct error err = {0};
    json_t *list, *row;

    snprintf(both[1].serial, sizeof(both[1].serial), "AABBCCDDEEFF0011");
    assert_ok(usb_interface_add(&both[1], (struct usb_interface){3, 1, 1}, &err), &err);
    both[0].block_count = 1;
    snprintf(both[0].blocks[0].node, sizeof(both[0].blocks[0].node), "sda");
    snprintf(both[0].blocks[0].label, sizeof(both[0].blocks[0].label), "TRANSFER");
    both[0].blocks[0].bytes = 4096;
    put_devices(place, both, 2);
    await(place, 3);
    register_at(place, "1-4");
    assert_ok(media_view_devices(&place->gate, "1-4", &list, &err), &err);
    assert_int_equal(json_array_size(list), 2);
    row = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), "ok");
    assert_string_equal(json_string_value(json_object_get(row, "rule")), "registered medium 1");
    assert_string_equal(json_string_value(json_object_get(row, "label")), "TRANSFER");
    assert_string_equal(json_string_value(json_object_get(row, "state")), "reading");
    assert_int_equal(json_integer_value(json_object_get(row, "registered")), 1);
    row = json_array_get(list, 1);
    assert_string_equal(json_string_value(json_object_get(row, "code")), "usb-keyboard");
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), "blocked");
    assert_true(json_is_null(json_object_get(row, "size")));
    json_decref(list);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_comes_and_goes_is_recorded),
        TEST(news_of_a_device_is_no_second_insertion),
        TEST(a_flood_of_devices_is_not_all_remembered),
        TEST(a_registered_medium_may_be_read_until_it_changes),
        TEST(rules_of_the_configuration_decide),
        TEST(a_watcher_that_ends_comes_back),
        TEST(a_folder_on_a_stick_is_judged_by_the_stick),
        TEST(a_device_that_was_swapped_meanwhile_is_not_read),
        TEST(without_a_watcher_nothing_on_usb_is_read),
        TEST(what_the_kernel_authorises_is_told),
        TEST(devices_are_shown_with_what_decided),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
