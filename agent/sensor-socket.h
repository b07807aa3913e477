/* SPDX-License-Identifier: ISC
 *
 * Which process holds a socket: the first in /proc that has a descriptor of it.
 */
#ifndef AGENT_SENSOR_SOCKET_H
#define AGENT_SENSOR_SOCKET_H

#include <stdint.h>
#include <sys/types.h>

/* 0: none that we may see, or more than LIMIT_SENSOR_HOLDER_LOOKS descriptors are there to look at. */
pid_t sensor_socket_holder(int proc, uint32_t inode);

#endif
