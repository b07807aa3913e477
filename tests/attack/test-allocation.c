/* SPDX-License-Identifier: ISC
 *
 * A18 of the catalogue: the nth allocation fails while a document is judged, once or from there
 * on. A bad document is never accepted. Our own allocations end the process
 * (bytes_allocate); those of GnuTLS come back as errors; GMP aborts, and libtasn1 runs into a null
 * pointer in a few places: that ends the process, too, and is counted.
 */
#include <config.h>

#include "tests/attack/world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/base/instant.h"

#ifndef WITH_SANITIZERS

/* glibc's own, under the names that it keeps for whoever replaces the public ones. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *memory, size_t size);

static bool armed, persistent;
static size_t countdown, seen;

static bool must_fail(void)
{
    if (!armed)
        return false;
    seen++;
    if (countdown > 1) {
        countdown--;
        return false;
    }
    if (countdown == 0 && !persistent)
        return false;
    countdown = 0;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return must_fail() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return must_fail() ? NULL : __libc_realloc(memory, size);
}

static void arm(size_t n, bool for_good)
{
    countdown = n;
    persistent = for_good;
    seen = 0;
    armed = true;
}

static bool disarm(void)
{
    armed = false;
    return countdown == 0;
}

#else

static void arm(size_t n, bool for_good)
{
}

static bool disarm(void)
{
    return false;
}

#endif

static struct world world;
static struct forge *forge;

static int set_up(void **state)
{
    world = world_new();
    forge = world.forge;
    return 0;
}

static int tear_down(void **state)
{
    world_free(&world);
    return 0;
}

/* What the children tell: shared, for a child may end in the middle. */
struct progress {
    size_t next;  /* the allocation that fails next */
    size_t tried; /* allocations that failed */
    size_t accepted, refused;
    size_t ended, crashed; /* processes */
    bool done, wrong;
};

/* Every allocation in make check-long, every thirteenth else: a crashed process costs time. */
static size_t stride(void)
{
    return getenv("SALLYPORT_LONG") != NULL ? 1 : 13;
}

static void judge_once(struct bytes_view document, bool good, struct progress *progress,
                       bool for_good)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    struct error err = {0};
    bool failed;
    int result;

    arm(progress->next, for_good);
    progress->next += stride();
    result = trust_judge(world.trust, DOCUMENT_PACKAGE, NULL, document, verdict, &err);
    failed = disarm();
    progress->accepted += result == 0;
    progress->refused += result != 0;
    progress->wrong |= (result == 0) != verdict->accepted || (result == 0 && !good);
    progress->done = !failed;
    progress->tried += failed;
    free(verdict);
}

/* A child goes on from where the last one ended. */
static void run_child(struct bytes_view document, bool good, struct progress *progress,
                      bool for_good)
{
    int status = 0, null;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, STDERR_FILENO); /* "out of memory", each time */
        signal(SIGSEGV, SIG_DFL);  /* cmocka's handlers would go on with the next test */
        signal(SIGABRT, SIG_DFL);
        while (!progress->done)
            judge_once(document, good, progress, for_good);
        _exit(0);
    }
    while (waitpid(child, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    progress->ended += WIFEXITED(status) && WEXITSTATUS(status) == 1;
    progress->crashed += WIFSIGNALED(status);
}

static void fail_every_allocation(const char *name, struct bytes_view document, bool good,
                                  bool for_good)
{
    struct progress *progress =
        mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(progress != MAP_FAILED);
    memset(progress, 0, sizeof(*progress));
    progress->next = 1;
    while (!progress->done)
        run_child(document, good, progress, for_good);
    if (progress->wrong)
        fail_msg("%s: accepted with a failed allocation", name);
    /* The last run has no failure in it, and says what all said without one. */
    assert_true(progress->tried > 20);
    assert_true(good == (progress->accepted > 0));
    print_message("%s, %s: %zu allocations failed, %zu accepted, %zu refused, %zu ended the "
                  "process, %zu crashed a library\n",
                  name, for_good ? "from there on" : "once",
                  progress->tried + progress->ended + progress->crashed, progress->accepted,
                  progress->refused, progress->ended, progress->crashed);
    munmap(progress, sizeof(*progress));
}

static struct bytes_view package_by(const struct forge_certificate *signer,
                                    const struct forge_certificate *authority, int64_t time_us)
{
    return forge_whole(forge, document_row(DOCUMENT_PACKAGE)->oid, bytes_view_of("{}", 2), &signer,
                       1, authority, time_us);
}

static struct bytes_view forged_package(void)
{
    struct forge_document *document =
        forge_document(forge, document_row(DOCUMENT_PACKAGE)->oid, bytes_view_of("{}", 2));

    forge_add_signer(document, world.site.leaves[ROLE_CONTENT], FORGE_NOON_US)->key =
        world.site.leaves[ROLE_EXPORT]->key;
    forge_sign(document);
    forge_stamp(document, world.site.leaves[ROLE_TIMESTAMP], FORGE_NOON_US);
    return forge_assemble(document);
}

static struct bytes_view package_of_a_stranger(void)
{
    const struct forge_certificate *root =
        forge_certificate(forge, FORGE_ROOT, "Root CA", NULL, ROLE_ROOT);
    const struct forge_certificate *issuer =
        forge_certificate(forge, FORGE_ISSUER, "Issuing CA", root, ROLE_ROOT);

    return package_by(forge_certificate(forge, FORGE_LEAF, "lab", issuer, ROLE_CONTENT),
                      world.site.leaves[ROLE_TIMESTAMP], FORGE_NOON_US);
}

/* A content key, revoked before it signed. */
static struct bytes_view package_of_a_revoked_key(void)
{
    const struct forge_certificate *revoked =
        forge_certificate(forge, FORGE_LEAF, "revoked", world.site.issuer, ROLE_CONTENT);
    struct forge_crl crl = forge_crl(forge, world.site.issuer, 1, FORGE_NOON_US);
    struct error err = {0};

    crl.entries[crl.entry_count++] =
        forge_crl_entry(forge, revoked->serial, FORGE_NOON_US - INSTANT_DAY_US, -1, 0);
    assert_ok(trust_add_crl(world.trust, forge_crl_der(forge, &crl), &err), &err);
    return package_by(revoked, world.site.leaves[ROLE_TIMESTAMP], FORGE_NOON_US);
}

static void no_failed_allocation_turns_bad_into_good(void **state)
{
    const struct forge_certificate *lab = world.site.leaves[ROLE_CONTENT];
    const struct forge_certificate *authority = world.site.leaves[ROLE_TIMESTAMP];
    const struct {
        const char *name;
        struct bytes_view document;
        bool good;
    } rows[] = {
        {"good", package_by(lab, authority, FORGE_NOON_US), true},
        {"forged", forged_package(), false},
        {"of a stranger", package_of_a_stranger(), false},
        {"of another role", package_by(world.site.leaves[ROLE_RELEASE], authority, FORGE_NOON_US),
         false},
        {"timestamped by another role",
         package_by(lab, world.site.leaves[ROLE_EXPORT], FORGE_NOON_US), false},
        {"expired", package_by(lab, authority, FORGE_NOON_US + 400 * INSTANT_DAY_US), false},
        {"revoked", package_of_a_revoked_key(), false},
    };

#ifdef WITH_SANITIZERS
    skip();
#endif
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fail_every_allocation(rows[i].name, rows[i].document, rows[i].good, false);
        fail_every_allocation(rows[i].name, rows[i].document, rows[i].good, true);
    }
    shows_case("A18");
    shows_case("H7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_failed_allocation_turns_bad_into_good),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
