/* SPDX-License-Identifier: ISC
 *
 * Messages between the monitor and sallyport-sensor, on its frame socket: that of a child, or where a
 * service manager listens for us a connection to SENSOR_SOCKET, whose other end it hands to a sensor.
 * Both ends include this, neither includes the other.
 *
 *   SENSOR_FILTER  monitor -> sensor {"subscriptions":[...]} (media/base/event-filter.h), and one
 *                  descriptor: the sensor's end of a channel to the driver (media/base/event.h). It
 *                  takes the place of the filter and the channel before. No subscriptions and no
 *                  descriptor: nobody wants events, the sources are closed
 *   SENSOR_EVENT   monitor -> sensor {"event":{...}} (event_from_json): what the monitor knows itself
 *                  (usb, content, health). No reply
 *   SENSOR_ASK     monitor -> sensor {}
 *   SENSOR_COUNTS  sensor -> monitor {"seen","matched","held","forgotten","dropped","overflows",
 *                  "sources":{"exec":TEXT,...}}: events since it was started; dropped: they found
 *                  the channel full; overflows: of the kernel's own queues; "processes": how many
 *                  are known. sources: by kind that is
 *                  wanted, where its events come from ("fanotify", "proc"), or "off: why"
 *   SENSOR_SELFTEST  monitor -> sensor empty; back "ok", or what the sandbox did not refuse
 *
 * A filter or an event that is not in order changes nothing and is logged: it was a driver's. A
 * larger SO_SNDBUF of the channel, set by who makes the pair, holds more of a burst.
 */
#ifndef AGENT_SENSOR_PROTOCOL_H
#define AGENT_SENSOR_PROTOCOL_H

#define SENSOR_PROGRAM "sallyport-sensor"
#define SENSOR_SOCKET  "sensor.sock" /* beside the socket for clients */

enum sensor_message { SENSOR_FILTER = 1, SENSOR_EVENT, SENSOR_ASK, SENSOR_COUNTS, SENSOR_SELFTEST };

#endif
