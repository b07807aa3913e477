/* SPDX-License-Identifier: ISC
 *
 * A USB bus that umockdev makes, and the real sallyport-usb started before it.
 */
#ifndef TESTS_AGENT_USB_STAGE_H
#define TESTS_AGENT_USB_STAGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "media/base/usb.h"

#define STAGE_DEVICES 16

/* umockdev's own header is for those who have its folders: its testbed, and GLib's char. */
struct _UMockdevTestbed;

struct stage {
    struct _UMockdevTestbed *bed;
    char *root; /* of bus 1 */
    pid_t pid;
    int socket, log;
    struct usb_device devices[STAGE_DEVICES]; /* as the program told */
    size_t count;
    unsigned frames, gone; /* messages, and those that said so */
};

/* What a mock device differs in from scene_stick. */
struct mock {
    const char *name, *parent; /* "1-4"; syspath, NULL: the root hub */
    const char *number, *serial, *product, *removable, *peer;
    const uint8_t *bytes;
    size_t size;
};

#define STAGE_HUB_BYTES      43
#define STAGE_KEYBOARD_BYTES 52
extern const uint8_t stage_hub[STAGE_HUB_BYTES], stage_keyboard[STAGE_KEYBOARD_BYTES];

/* Setup and teardown of a test; *state is the stage. */
int stage_begin(void **state);
int stage_finish(void **state);

/* Plugs a device in; its path in sysfs is the caller's (g_free). */
char *stage_plug(struct stage *stage, const struct mock *mock);
void stage_plug_stick(struct stage *stage, const char *name, const char *serial);
void stage_set_descriptors(struct stage *stage, const char *path, const uint8_t *bytes,
                           size_t size);

/* Starts the program; argument NULL: it stays. */
void stage_start(struct stage *stage, const char *argument);
/* Takes messages until all is told; what the program told last is then in the table. */
void stage_settle(struct stage *stage);
/* NULL: no such. */
struct usb_device *stage_at(struct stage *stage, const char *port);

#endif
