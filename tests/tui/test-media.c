/* SPDX-License-Identifier: ISC
 *
 * What came in, what would go out, and what is put right: media, outgoing, repair.
 */
#include "tests/tui/scene.h"

static void media_and_sources_are_shown(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Media", "media.json");
    RUN(scene, "media");
    scene_expect(scene, 0, "media.txt");
    RUN(scene, "media", "--json");
    scene_expect_schema(scene, "sallyport.media/1");
}

static void where_nothing_came_it_is_said_how(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Media", "media-none.json");
    RUN(scene, "media");
    scene_expect(scene, 0, "media-none.txt");
}

static void what_is_plugged_in_is_shown_with_its_verdict(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Media", "media-usb.json");
    RUN(scene, "media");
    scene_expect(scene, 0, "media-usb.txt");
    assert_null(strchr(scene->said.out, '\033'));
}

static void an_agent_that_cannot_see_devices_says_so(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Media", "media-unwatched.json");
    RUN(scene, "media");
    scene_expect(scene, 0, "media-unwatched.txt");
}

static void a_medium_is_ejected_by_port_or_device(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Eject", "eject.json");
    RUN(scene, "eject", "1-4.2");
    assert_int_equal(scene->said.status, 0);
    assert_string_equal(scene->said.out,
                        "[ OK ] 1-4.2: the kernel has let go of it: it may be pulled now.\n");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"medium\":\"1-4.2\""));
    RUN(scene, "eject", "1-4.2", "--json");
    scene_expect_schema(scene, "sallyport.eject/1");
    RUN(scene, "eject", "/dev/nonexistent");
    assert_int_equal(scene->said.status, 10);
    RUN(scene, "eject", "No Name");
    assert_int_equal(scene->said.status, 2);
}

/* Nobody is there to type the word, so nothing is asked of the agent without --yes. */
static void a_registration_is_confirmed(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Register", "registered.json");
    RUN(scene, "media", "register", "1-4.2");
    assert_int_equal(scene->said.status, 2);
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), -1);
    RUN(scene, "media", "register", "1-4.2", "--yes", "--purpose", "weekly", "--owner", "A. Smith");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "is a registered transfer medium, number 3."));
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"medium\":\"1-4.2\""));
    assert_non_null(strstr(call, "\"purpose\":\"weekly\""));
    assert_non_null(strstr(call, "\"owner\":\"A. Smith\""));
    RUN(scene, "media", "register", "1-4.2", "--json");
    assert_int_equal(scene->said.status, 2);
}

/* Runs "media register PORT" on a terminal where the word is typed. */
static void register_typing(struct scene *scene, const char *port)
{
    struct scratch *scratch = scene->scratch;
    const char *words[] = {"--socket", scene->agent.path, "media", "register", port, NULL};

    if (scene->agent.pid == 0)
        assert_int_equal(
            fake_agent_start(&scene->agent, scratch->path, scene->replies, scene->count), 0);
    assert_int_equal(run_sallyport_typing(words, "register\n", &scene->said), 0);
}

/* A port says nothing of what is plugged in there, and by the time of the answer it may be another. */
static void who_registers_sees_what(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Media", "media-usb.json");
    scene_answer(scene, AGENT "Register", "registered.json");
    register_typing(scene, "1-4.2");
    assert_non_null(strstr(scene->said.err, "1-4.2: id 0951:1666, serial E0D55EA574D1, calls"));
    assert_int_equal(scene->said.status, 0);
    register_typing(scene, "1-1");
    assert_int_equal(scene->said.status, 23);
    assert_non_null(strstr(scene->said.err, "another device was there by then: 0951:1666"));
}

static void a_registration_is_taken_back_by_its_number(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Forget", "registered.json");
    RUN(scene, "media", "forget", "3", "--yes");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "is registered no longer, number 3."));
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"medium\":\"3\""));
}

static void what_would_leave_is_shown_by_category(void **state)
{
    struct scene *scene = *state;
    json_t *document;

    scene_answer(scene, AGENT "Outgoing", "outgoing.json");
    RUN(scene, "outgoing");
    scene_expect(scene, 0, "outgoing.txt");
    RUN(scene, "outgoing", "--json");
    document = scene_json(scene);
    assert_null(json_object_get(document, "items"));
    json_decref(document);
}

static void every_field_is_shown_on_demand(void **state)
{
    struct scene *scene = *state;
    json_t *document;

    scene_answer(scene, AGENT "Outgoing", "outgoing.json");
    RUN(scene, "outgoing", "--show");
    scene_expect(scene, 0, "outgoing-show.txt");
    assert_null(strchr(scene->said.out, '\033'));
    RUN(scene, "outgoing", "--show", "--json");
    document = scene_json(scene);
    assert_int_equal(json_array_size(json_object_get(document, "items")), 2);
    json_decref(document);
}

static void sound_content_is_status_0(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Repair", "repair-sound.json");
    RUN(scene, "repair", "--dry-run");
    assert_int_equal(scene->said.status, 0);
    assert_string_equal(scene->said.out, "[ OK ] 3 packages looked at: sound\n");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"dry_run\":true"));
    assert_null(strstr(call, "source"));
}

static void what_stays_damaged_is_status_3_with_the_way_out(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Repair", "repair-damaged.json");
    RUN(scene, "repair", "--from", "SOURCE");
    scene_expect(scene, 3, "repair-damaged.txt");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"source\":\"/"));
    RUN(scene, "repair", "--json");
    assert_int_equal(scene->said.status, 3);
    scene_expect_schema(scene, "sallyport.repair/1");
    RUN(scene, "repair", "--from", "/nonexistent");
    assert_int_equal(scene->said.status, 10);
}

static void own_files_are_told_one_by_one(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Repair", "repair-own.json");
    RUN(scene, "repair", "--dry-run");
    scene_expect(scene, 3, "repair-own.txt");
}

static void what_was_repaired_is_shown(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Status", "repair-show.json");
    RUN(scene, "repair", "--show");
    scene_expect(scene, 0, "repair-show.txt");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_null(strstr(call, "Repair"));
    RUN(scene, "repair", "--show", "--json");
    scene_expect_schema(scene, "sallyport.repairs/1");
}

static void where_nothing_was_repaired_it_is_said(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status.json");
    RUN(scene, "repair", "--show");
    assert_string_equal(scene->said.out, "Nothing was repaired here.\n");
}

static void a_mirror_is_a_source_of_repair(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Repair", "repair-sound.json");
    RUN(scene, "repair", "--from", "https://mirror.example:8470/tree");
    assert_int_equal(scene->said.status, 0);
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"source\":\"https://mirror.example:8470/tree\""));
    RUN(scene, "repair", "--from", "https://user@mirror.example/");
    assert_int_equal(scene->said.status, 2);
    assert_non_null(strstr(scene->said.err, "https://user@mirror.example/: URL: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(media_and_sources_are_shown),
        SCENE(where_nothing_came_it_is_said_how),
        SCENE(what_is_plugged_in_is_shown_with_its_verdict),
        SCENE(an_agent_that_cannot_see_devices_says_so),
        SCENE(a_medium_is_ejected_by_port_or_device),
        SCENE(a_registration_is_confirmed),
        SCENE(who_registers_sees_what),
        SCENE(a_registration_is_taken_back_by_its_number),
        SCENE(what_would_leave_is_shown_by_category),
        SCENE(every_field_is_shown_on_demand),
        SCENE(sound_content_is_status_0),
        SCENE(own_files_are_told_one_by_one),
        SCENE(what_was_repaired_is_shown),
        SCENE(where_nothing_was_repaired_it_is_said),
        SCENE(what_stays_damaged_is_status_3_with_the_way_out),
        SCENE(a_mirror_is_a_source_of_repair),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
