/* SPDX-License-Identifier: ISC */
#include "agent/usb-news.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/frame.h"
#include "media/base/json.h"

#define SEND_MS 30000 /* the monitor takes them between other work */

static const struct usb_told *find(const struct usb_told *told, size_t count, const char *port,
                                   unsigned number)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(told[i].port, port) == 0 && told[i].number == number)
            return &told[i];
    }
    return NULL;
}

static void forget(struct usb_told *told, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(told[i].record);
    free(told);
}

static int write_record(const struct usb_device *device, struct usb_told *told, struct error *err)
{
    json_t *json = usb_to_json(device);
    struct bytes text;
    int result;

    memcpy(told->port, device->port, sizeof(told->port));
    told->number = device->number;
    bytes_init(&text, USB_MESSAGE_BYTES);
    result = json_write(json, &text, err);
    if (result == 0)
        result = bytes_put_u8(&text, 0, err);
    if (result == 0)
        told->record = bytes_copy_string((const char *)text.data);
    bytes_clear(&text);
    json_decref(json);
    return result;
}

static int send_one(const struct usb_news *news, uint16_t type, json_t *body, struct error *err)
{
    int result = frame_send_json(news->socket, type, body, NULL, 0, SEND_MS, err);

    json_decref(body);
    return result;
}

/* A device with another number is another one, also where the port is the same. */
static int tell_gone(const struct usb_news *news, const struct usb_told *now, size_t count,
                     bool *any, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < news->count && result == 0; i++) {
        const struct usb_told *old = &news->told[i];

        if (find(now, count, old->port, old->number) != NULL)
            continue;
        *any = true;
        result = send_one(news, USB_GONE, json_pack("{s:s}", "port", old->port), err);
    }
    return result;
}

static int tell_present(const struct usb_news *news, const struct usb_told *now, size_t count,
                        bool *any, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        const struct usb_told *old = find(news->told, news->count, now[i].port, now[i].number);

        if (old != NULL && strcmp(old->record, now[i].record) == 0)
            continue;
        *any = true;
        result = frame_send(news->socket, USB_PRESENT, now[i].record, strlen(now[i].record), NULL,
                            0, SEND_MS, err);
    }
    return result;
}

int usb_news_tell(struct usb_news *news, const struct usb_device *devices, size_t count,
                  struct error *err)
{
    struct usb_told *now = bytes_allocate(count + 1, sizeof(*now));
    bool any = !news->settled;
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++)
        result = write_record(&devices[i], &now[i], err);
    if (result == 0)
        result = tell_gone(news, now, count, &any, err);
    if (result == 0)
        result = tell_present(news, now, count, &any, err);
    if (result == 0 && any)
        result = send_one(news, USB_SETTLED, json_pack("{s:I}", "devices", (json_int_t)count), err);
    news->settled = true;
    forget(news->told, news->count);
    news->told = now;
    news->count = count;
    return result;
}

void usb_news_clear(struct usb_news *news)
{
    forget(news->told, news->count);
    news->told = NULL;
    news->count = 0;
}
