/*
 * libnfdecode: NetFlow v1, v5, v6, v7, v8, v9 and IPFIX from bytes to fields.
 *
 * This header brings in all of the library.  It knows no file, socket or screen: a program
 * hands in datagrams (base/datagram.h) and pulls messages, sets, records and fields.
 * Memory comes through one replaceable allocator (base/mem.h); nothing here ends the
 * process.  examples/decode.c is a whole program in 50 lines.
 *
 * Every external symbol begins with nf_.
 */
#ifndef NF_NFDECODE_H
#define NF_NFDECODE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/datagram.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/strbuf.h"

#endif
