/*
 * libnfdecode: NetFlow v1, v5, v6, v7, v8, v9 and IPFIX from octets to fields.
 *
 * This header brings in all of the library.  It knows no file, socket or screen: a program
 * hands in datagrams (base/datagram.h), the tracker (track/tracker.h) learns their templates
 * and gives out messages, and cursors (wire/wire.h) walk their sets, records and fields,
 * whose elements have names, types and text forms (ie/ie.h).
 *
 * Memory comes through one replaceable allocator (base/mem.h).  Bad octets are reported to a
 * sink, never fatal; nothing here ends the process or writes to a file.  Every external symbol
 * begins with nf_.  One tracker belongs to one thread.
 *
 * examples/decode.c is a whole program.
 */
#ifndef NF_NFDECODE_H
#define NF_NFDECODE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/datagram.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "ie/ie.h"
#include "track/tracker.h"
#include "wire/wire.h"

#endif
