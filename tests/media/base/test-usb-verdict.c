/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/usb-verdict.h"
#include "tests/media/base/usb-scene.h"

/* A bus with a root hub, and the devices of a test. The stick is the one that is judged. */
struct scene {
    struct usb_device devices[6];
    struct usb_rule rule;
    struct usb_case question;
    struct usb_verdict verdict;
};

static char desk_port[] = "1-4";
static char *const desk_hub[] = {desk_port};

static void begin(struct scene *scene, const char *rule)
{
    struct error err = {0};

    memset(scene, 0, sizeof(*scene));
    scene->devices[0] = scene_device("usb1", 9, 0, 0);
    scene->question.devices = scene->devices;
    scene->question.count = 1;
    if (rule != NULL) {
        assert_ok(usb_rule_parse(rule, 1, &scene->rule, &err), &err);
        scene->question.rules = &scene->rule;
        scene->question.rule_count = 1;
    }
}

static struct usb_device *plug(struct scene *scene, struct usb_device device)
{
    scene->devices[scene->question.count] = device;
    scene->question.which = scene->question.count;
    return &scene->devices[scene->question.count++];
}

static void judge(struct scene *scene, enum error_code expected, const char *words)
{
    usb_judge(&scene->question, &scene->verdict);
    if (scene->verdict.code != expected || strstr(scene->verdict.words, words) == NULL)
        fail_msg("%s: %s; expected %s: %s", error_name(scene->verdict.code), scene->verdict.words,
                 error_name(expected), words);
    usb_rule_clear(&scene->rule);
}

static void a_stick_is_allowed_by_a_rule(void **state)
{
    struct scene scene;

    begin(&scene, "allow id 0951:*");
    plug(&scene, scene_storage("1-4"));
    judge(&scene, ERROR_OK, "rule 1: allow id 0951:*");

    begin(&scene, "block id 0951:*");
    plug(&scene, scene_storage("1-4"));
    judge(&scene, ERROR_BLOCKED, "rule 1: block id 0951:*");

    begin(&scene, NULL);
    plug(&scene, scene_storage("1-4"));
    judge(&scene, ERROR_USB_NOT_ALLOWED, "no rule allows it");
}

static void lies_are_refused_before_all_else(void **state)
{
    struct scene scene;

    begin(&scene, "allow");
    snprintf(plug(&scene, scene_storage("1-4"))->broken, 128, "18 bytes are 17");
    judge(&scene, ERROR_USB_DESCRIPTOR, "18 bytes are 17");
    shows_attack("E3", ERROR_USB_DESCRIPTOR, __func__);
}

static void a_keyboard_in_it_is_refused_whatever_a_rule_says(void **state)
{
    struct error err = {0};
    struct scene scene;

    begin(&scene, "allow");
    assert_ok(usb_interface_add(plug(&scene, scene_storage("1-4")), (struct usb_interface){3, 0, 0},
                                &err),
              &err);
    judge(&scene, ERROR_USB_KEYBOARD, "03:00:00 08:06:50");
    shows_attack("E1", ERROR_USB_KEYBOARD, __func__);
}

static void all_but_storage_is_refused(void **state)
{
    static const uint8_t others[][3] = {
        {8, 6, 0x51}, {8, 5, 0x50}, {2, 2, 1}, {0xff, 0, 0}, {9, 0, 0}};
    struct error err = {0};
    struct scene scene;

    for (size_t i = 0; i < 5; i++) {
        begin(&scene, "allow");
        assert_ok(usb_interface_add(
                      plug(&scene, scene_storage("1-4")),
                      (struct usb_interface){others[i][0], others[i][1], others[i][2]}, &err),
                  &err);
        judge(&scene, ERROR_USB_NOT_STORAGE, "08:06:50");
    }
    begin(&scene, "allow");
    plug(&scene, scene_storage("1-4"))->interface_count = 0;
    judge(&scene, ERROR_USB_NOT_STORAGE, "none");

    begin(&scene, "allow");
    plug(&scene, scene_storage("1-4"))->kind.class = 9;
    judge(&scene, ERROR_USB_NOT_STORAGE, "");

    begin(&scene, "allow");
    plug(&scene, scene_device("1-4", 8, 6, 0x62));
    judge(&scene, ERROR_OK, "");
}

static void hub_scene(struct scene *scene, struct usb_device other)
{
    begin(scene, "allow");
    plug(scene, scene_device("1-4", 9, 0, 0));
    plug(scene, other);
    plug(scene, scene_storage("1-4.2"));
}

static void a_hub_that_may_hide_a_keyboard_is_refused(void **state)
{
    struct scene scene;

    hub_scene(&scene, scene_device("1-4.1", 3, 1, 1));
    judge(&scene, ERROR_USB_HIDDEN_KEYBOARD, "at 1-4, as may have an input device at 1-4.1");

    hub_scene(&scene, scene_device("1-4.3.1", 3, 0, 0)); /* beneath one more hub */
    judge(&scene, ERROR_USB_HIDDEN_KEYBOARD, "1-4.3.1");

    hub_scene(&scene, scene_storage("1-4.1"));
    snprintf(scene.devices[2].broken, 128, "lies");
    judge(&scene, ERROR_USB_HIDDEN_KEYBOARD, "a device whose descriptors lie at 1-4.1");

    begin(&scene, "allow");
    plug(&scene, scene_storage("1-4.2")); /* no hub is known at 1-4 */
    judge(&scene, ERROR_USB_HIDDEN_KEYBOARD, "not known");
    shows_attack("E1", ERROR_USB_HIDDEN_KEYBOARD, __func__);
}

/* A USB 3 hub is one hub on each of two buses. */
static void wide_scene(struct scene *scene, const char *peer, const char *keyboard)
{
    begin(scene, "allow");
    plug(scene, scene_device("usb2", 9, 0, 3));
    plug(scene, scene_device("1-4", 9, 0, 2));
    plug(scene, scene_device(keyboard, 3, 1, 1));
    snprintf(plug(scene, scene_device("2-1", 9, 0, 3))->peer, sizeof(scene->devices[0].peer), "%s",
             peer);
    scene->devices[4].speed_mbit = 5000;
    plug(scene, scene_storage("2-1.2"))->speed_mbit = 5000;
}

static void a_keyboard_may_hide_on_the_other_wires(void **state)
{
    struct scene scene;

    wide_scene(&scene, "1-4", "1-4.1");
    judge(&scene, ERROR_USB_HIDDEN_KEYBOARD, "at 2-1, as may have an input device at 1-4.1");
    wide_scene(&scene, "1-4", "1-44.1");
    judge(&scene, ERROR_OK, "");
    wide_scene(&scene, "1-4", "1-4.1");
    scene.question.trusted_hubs = desk_hub;
    scene.question.hub_count = 1;
    judge(&scene, ERROR_OK, "");

    wide_scene(&scene, "", "1-4.1"); /* which two are one hub is not known */
    judge(&scene, ERROR_USB_HIDDEN_KEYBOARD, "1-4.1");
    wide_scene(&scene, "", "1-5");
    judge(&scene, ERROR_OK, "");

    begin(&scene, "allow"); /* no hub at all, but two devices in one socket */
    plug(&scene, scene_device("usb2", 9, 0, 3));
    plug(&scene, scene_device("1-4", 3, 1, 1));
    snprintf(plug(&scene, scene_storage("2-1"))->peer, sizeof(scene.devices[0].peer), "1-4");
    judge(&scene, ERROR_USB_HIDDEN_KEYBOARD, "1-4");
    shows_attack("E1", ERROR_USB_HIDDEN_KEYBOARD, __func__);
}

static void keyboards_elsewhere_do_no_harm(void **state)
{
    struct scene scene;

    hub_scene(&scene, scene_device("1-5", 3, 1, 1));
    judge(&scene, ERROR_OK, "");
    hub_scene(&scene, scene_device("1-44.1", 3, 1, 1));
    judge(&scene, ERROR_OK, "");
    hub_scene(&scene, scene_device("1-4.1", 7, 1, 2));
    judge(&scene, ERROR_OK, "");

    hub_scene(&scene, scene_device("1-4.1", 3, 1, 1));
    scene.devices[1].fixed = true; /* a hub of the board is as the root hub */
    judge(&scene, ERROR_OK, "");
    shows_attack("E1", ERROR_OK, __func__);
}

static void a_desk_hub_is_trusted_where_the_admin_says_so(void **state)
{
    struct scene scene;

    hub_scene(&scene, scene_device("1-4.1", 3, 1, 1));
    scene.question.trusted_hubs = desk_hub;
    scene.question.hub_count = 1;
    judge(&scene, ERROR_OK, "");

    for (size_t fixed = 2; fixed <= 3; fixed++) {
        hub_scene(&scene, scene_device("1-4.1", 3, 1, 1));
        scene.question.trusted_hubs = desk_hub;
        scene.question.hub_count = 1;
        scene.devices[fixed].fixed = true; /* it owns up: soldered to the hub */
        judge(&scene, ERROR_USB_HIDDEN_KEYBOARD, "1-4.1");
    }
}

static struct usb_known known_of(const struct usb_device *device, const char *port)
{
    return (struct usb_known){device->vendor, device->product,    device->serial,
                              port,           device->speed_mbit, device->digest};
}

static void a_registered_one_needs_no_rule(void **state)
{
    const struct usb_device stick = scene_storage("1-1");
    struct usb_known known = known_of(&stick, "1-1");
    struct scene scene;

    begin(&scene, NULL);
    plug(&scene, stick);
    scene.question.registered = &known;
    scene.question.registered_only = true;
    judge(&scene, ERROR_OK, "registered");

    begin(&scene, "block");
    plug(&scene, stick);
    scene.question.registered = &known;
    judge(&scene, ERROR_BLOCKED, "rule 1");

    begin(&scene, "allow");
    plug(&scene, stick);
    scene.question.registered_only = true;
    judge(&scene, ERROR_USB_NOT_ALLOWED, "registered-only");

    begin(&scene, NULL);
    known.serial = "another";
    plug(&scene, stick);
    scene.question.registered = &known;
    judge(&scene, ERROR_USB_NOT_ALLOWED, "");
}

/* Whoever has read the label has id and serial number; the descriptors at another speed are not
 * those that were registered. */
static void a_registration_is_of_the_descriptors_too(void **state)
{
    static const uint8_t digest[USB_DIGEST_BYTES] = {1};
    const struct usb_device stick = scene_storage("1-1");
    struct usb_known known = known_of(&stick, "1-1");
    struct scene scene;

    (void)state;
    known.digest = digest;
    known.speed_mbit = 5000;
    begin(&scene, "allow id 0781:*");
    plug(&scene, stick);
    scene.question.registered = &known;
    judge(&scene, ERROR_USB_NOT_ALLOWED,
          "no rule allows it, and it is registered as it is at 5000");

    begin(&scene, "allow");
    plug(&scene, stick);
    scene.question.registered = &known;
    scene.question.registered_only = true;
    judge(&scene, ERROR_USB_NOT_ALLOWED, "registered-only = yes, and it is registered as it is at");
}

static void other_descriptors_than_before_are_refused(void **state)
{
    static const uint8_t digest[USB_DIGEST_BYTES] = {1};
    const struct usb_device stick = scene_storage("1-1");
    struct usb_known known = known_of(&stick, "1-1");
    struct scene scene;

    known.digest = digest;
    begin(&scene, "allow");
    plug(&scene, stick);
    scene.question.registered = &known;
    judge(&scene, ERROR_USB_CHANGED, "registered with");

    begin(&scene, "allow");
    plug(&scene, stick);
    scene.question.seen = &known;
    scene.question.seen_count = 1;
    judge(&scene, ERROR_USB_CHANGED, "at 1-1 before");

    known.speed_mbit = 5000; /* another speed has other descriptors */
    begin(&scene, "allow");
    plug(&scene, stick);
    scene.question.registered = &known;
    judge(&scene, ERROR_OK, "");
    shows_attack("E2", ERROR_USB_CHANGED, __func__);
}

static void a_serial_must_be_there_and_of_one_device(void **state)
{
    static const uint8_t digest[USB_DIGEST_BYTES] = {1};
    const struct usb_device stick = scene_storage("1-1");
    struct usb_known known = known_of(&stick, "1-2");
    struct scene scene;

    begin(&scene, "allow");
    plug(&scene, stick)->serial[0] = '\0';
    judge(&scene, ERROR_USB_NO_SERIAL, "");

    begin(&scene, "allow");
    plug(&scene, scene_storage("1-2"));
    plug(&scene, stick);
    judge(&scene, ERROR_USB_DUPLICATE_SERIAL, "the device at 1-2");

    begin(&scene, "allow");
    plug(&scene, scene_storage("1-2"))->product = 1;
    plug(&scene, stick);
    judge(&scene, ERROR_OK, "");

    begin(&scene, "allow");
    plug(&scene, stick);
    scene.question.seen = &known;
    scene.question.seen_count = 1;
    judge(&scene, ERROR_OK, "");

    known.digest = digest;
    begin(&scene, "allow");
    plug(&scene, stick);
    scene.question.seen = &known;
    scene.question.seen_count = 1;
    judge(&scene, ERROR_USB_DUPLICATE_SERIAL, "was at 1-2 before");
    shows_attack("E4", ERROR_USB_DUPLICATE_SERIAL, __func__);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stick_is_allowed_by_a_rule),
        cmocka_unit_test(lies_are_refused_before_all_else),
        cmocka_unit_test(a_keyboard_in_it_is_refused_whatever_a_rule_says),
        cmocka_unit_test(all_but_storage_is_refused),
        cmocka_unit_test(a_hub_that_may_hide_a_keyboard_is_refused),
        cmocka_unit_test(a_keyboard_may_hide_on_the_other_wires),
        cmocka_unit_test(keyboards_elsewhere_do_no_harm),
        cmocka_unit_test(a_desk_hub_is_trusted_where_the_admin_says_so),
        cmocka_unit_test(a_registered_one_needs_no_rule),
        cmocka_unit_test(a_registration_is_of_the_descriptors_too),
        cmocka_unit_test(other_descriptors_than_before_are_refused),
        cmocka_unit_test(a_serial_must_be_there_and_of_one_device),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
