/*
 * Traffic, records, and what is to be said of them; see tests/unit/test_verify.c.  Behind each
 * kind of difference stand those that come near it and are none.
 */
#ifndef TESTS_LIB_VERIFYCASES_H
#define TESTS_LIB_VERIFYCASES_H

/* A flow that ends with the traffic, and its record: the exporter told of all it had. */
#define LAST_PACKET "10 udp 6:7>7:7 100\n"
#define LAST_RECORD "10-10 udp 6:7>7:7 1 100\n"

#define WEB_PACKETS "0 tcp 1:1000>2:80 60 flags=2\n" \
	"0.2 tcp 2:80>1:1000 60 flags=0x12 tos=8\n" \
	"1 tcp 1:1000>2:80 40 behind=6 flags=0x10\n" \
	"1.5 tcp 2:80>1:1000 400 flags=0x18 tos=16\n"
#define WEB_THERE "0-1 tcp 1:1000>2:80 2 100 flags=0x12\n"
#define WEB_BACK "0.2-1.5 tcp 2:80>1:1000 2 460 flags=0x1a tos=8\n"

static const struct verify_test tests[] = {
	{ .name = "all is well", .want = "",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = WEB_THERE WEB_BACK LAST_RECORD },
	{ .name = "all is well in two messages", .want = "",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = WEB_THERE "---\n" WEB_BACK LAST_RECORD },
	{ .name = "all is well in v5", .version = 5, .want = "",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = WEB_THERE WEB_BACK LAST_RECORD },
	{ .name = "all is well in v9", .version = 9, .want = "",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = WEB_THERE WEB_BACK LAST_RECORD },
	{ .name = "seconds are not milliseconds", .template = SECONDS, .want = "",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = WEB_THERE WEB_BACK LAST_RECORD },

	/* Octets. */
	{ .name = "Ethernet padding", .want = "octets-with-trailer 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-1 tcp 1:1000>2:80 2 106 flags=0x12\n" WEB_BACK LAST_RECORD },
	{ .name = "the frame", .want = "octets-layer-2 3/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-1 tcp 1:1000>2:80 2 134 flags=0x12\n"
		     "0.2-1.5 tcp 2:80>1:1000 2 488 flags=0x1a tos=8\n"
		     "10-10 udp 6:7>7:7 1 114\n" },
	{ .name = "no IP header", .want = "octets-payload 3/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-1 tcp 1:1000>2:80 2 60 flags=0x12\n"
		     "0.2-1.5 tcp 2:80>1:1000 2 420 flags=0x1a tos=8\n"
		     "10-10 udp 6:7>7:7 1 80\n" },
	{ .name = "some octets", .want = "octets-differ 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-1 tcp 1:1000>2:80 2 101 flags=0x12\n" WEB_BACK LAST_RECORD },
	{ .name = "a field of two octets", .template = SHORT, .want = "counter-wrapped 1/4",
	  .traffic = WEB_PACKETS "3 udp 4:1>5:1 65000\n4 udp 4:1>5:1 1000\n" LAST_PACKET,
	  .records = WEB_THERE "3-4 udp 4:1>5:1 2 464\n" LAST_RECORD WEB_BACK },
	{ .name = "it just fits", .template = SHORT, .want = "",
	  .traffic = "3 udp 4:1>5:1 65000\n4 udp 4:1>5:1 535\n" LAST_PACKET,
	  .records = "3-4 udp 4:1>5:1 2 65535\n" LAST_RECORD },
	{ .name = "32 bits of 64", .want = "counter-wrapped 1/2",
	  .traffic = "3 udp 4:1>5:1 4000000000\n4 udp 4:1>5:1 1000000000\n" LAST_PACKET,
	  .records = "3-4 udp 4:1>5:1 2 705032704\n" LAST_RECORD },

	/* Packets. */
	{ .name = "more packets", .want = "packets-over 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-1 tcp 1:1000>2:80 3 140 flags=0x12\n" WEB_BACK LAST_RECORD },
	{ .name = "before the traffic there were more", .want = "unknowable 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-0 tcp 1:1000>2:80 1 60 flags=2\n-3-1 tcp 1:1000>2:80 2 80 flags=0x12\n"
		     WEB_BACK LAST_RECORD },
	{ .name = "fewer packets", .want = "packets-under 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-1 tcp 1:1000>2:80 1 60 flags=0x12\n" WEB_BACK LAST_RECORD },
	{ .name = "fewer packets, and records are missing", .gap = 2,
	  .want = "lost-in-transport 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-1 tcp 1:1000>2:80 1 60 flags=0x12\n" "---\n" WEB_BACK LAST_RECORD },
	{ .name = "several records of a flow", .want = "",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-0 tcp 1:1000>2:80 1 60 flags=2\n" WEB_BACK
		     "1-1 tcp 1:1000>2:80 1 40 flags=16\n" LAST_RECORD },
	{ .name = "counters of all so far", .template = TOTALS, .want = "",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-0 tcp 1:1000>2:80 1 60 flags=2\n" WEB_BACK
		     "0-1 tcp 1:1000>2:80 2 100 flags=0x12\n" LAST_RECORD },
	{ .name = "both ends of the way", .want = "",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-1 tcp 1:1000>2:80 2 100 flags=0x12 direction=0\n"
		     "0-1 tcp 1:1000>2:80 2 100 flags=0x12 direction=1\n" WEB_BACK LAST_RECORD },

	/* Flows. */
	{ .name = "one is missed", .want = "flow-missed 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET, .records = WEB_BACK LAST_RECORD },
	{ .name = "one is missed, and none was lost on the way", .want = "lost-in-exporter 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET, .records = WEB_BACK "---\n" LAST_RECORD },
	{ .name = "one is missed, and one was lost on the way", .gap = 1,
	  .want = "lost-in-transport 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET, .records = WEB_BACK "---\n" LAST_RECORD },
	{ .name = "no flow with a tag", .want = "flow-missed-vlan 2/6",
	  .traffic = WEB_PACKETS "2 udp 4:1>5:1 100 vlans=1\n3 udp 4:2>5:2 100 vlans=1\n"
		     "4 udp 6:9>7:9 100\n" LAST_PACKET,
	  .records = WEB_THERE WEB_BACK "4-4 udp 6:9>7:9 1 100\n" LAST_RECORD },
	{ .name = "some flow with a tag", .want = "flow-missed 1/5",
	  .traffic = WEB_PACKETS "2 udp 4:1>5:1 100 vlans=1\n3 udp 4:2>5:2 100 vlans=1\n"
		     LAST_PACKET,
	  .records = WEB_THERE WEB_BACK "2-2 udp 4:1>5:1 1 100\n" LAST_RECORD },
	{ .name = "no flow with two tags", .want = "flow-missed-vlans 1/5",
	  .traffic = WEB_PACKETS "2 udp 4:1>5:1 100 vlans=1\n3 udp 4:2>5:2 100 vlans=2\n"
		     LAST_PACKET,
	  .records = WEB_THERE WEB_BACK "2-2 udp 4:1>5:1 1 100\n" LAST_RECORD },
	{ .name = "v5 knows no IPv6", .version = 5, .want = "flow-missed-ipv6 1/4",
	  .traffic = WEB_PACKETS "2 udp 104:1>105:1 100\n" LAST_PACKET,
	  .records = WEB_THERE WEB_BACK LAST_RECORD },
	{ .name = "v9 knows IPv6", .version = 9, .want = "flow-missed 1/4",
	  .traffic = WEB_PACKETS "2 udp 104:1>105:1 100\n" LAST_PACKET,
	  .records = WEB_THERE WEB_BACK LAST_RECORD },
	{ .name = "IPv6", .template = SIX, .want = "",
	  .traffic = "2 udp 104:1>105:1 100\n" "10 udp 106:7>107:7 100\n",
	  .records = "2-2 udp 104:1>105:1 1 100\n10-10 udp 106:7>107:7 1 100\n" },
	{ .name = "not expired", .want = "flow-pending 2/4", .sent = 7, .inactive = 5,
	  .traffic = WEB_PACKETS "6 udp 4:1>5:1 100\n8 udp 6:8>7:8 100\n",
	  .records = WEB_THERE WEB_BACK },
	{ .name = "export ended before", .want = "flow-pending 1/3", .sent = 5,
	  .traffic = WEB_PACKETS LAST_PACKET, .records = WEB_THERE WEB_BACK },
	{ .name = "expired long ago", .want = "flow-missed 1/4", .sent = 9.5, .inactive = 3,
	  .traffic = WEB_PACKETS "2 udp 4:1>5:1 100\n" LAST_PACKET,
	  .records = WEB_THERE WEB_BACK LAST_RECORD },
	{ .name = "a flow that was not", .want = "flow-invented 1/4",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = WEB_THERE WEB_BACK "2-3 udp 4:1>5:1 4 300\n" LAST_RECORD },
	{ .name = "a flow before the traffic", .want = "unknowable 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = WEB_THERE WEB_BACK "-9--8 udp 4:1>5:1 4 300\n" LAST_RECORD },
	{ .name = "headers were cut off", .want = "unknowable 2/4",
	  .traffic = WEB_PACKETS "2 udp 0:0>5:0 100 cut=1\n" LAST_PACKET,
	  .records = WEB_THERE WEB_BACK "2-3 udp 4:1>5:1 4 300\n" LAST_RECORD },
	{ .name = "source and destination", .want = "direction-swapped 1/3",
	  .traffic = "0 udp 1:9>2:9 100\n1 udp 3:9>2:9 100\n" LAST_PACKET,
	  .records = "0-0 udp 2:9>1:9 1 100\n1-1 udp 3:9>2:9 1 100\n" LAST_RECORD },
	{ .name = "both are exchanged", .want = "direction-swapped 2/3",
	  .traffic = WEB_PACKETS "1.2 tcp 1:1000>2:80 40 flags=0x10\n" LAST_PACKET,
	  .records = "0-1.2 tcp 1:1000>2:80 2 460 flags=0x1a tos=8\n"
		     "0.2-1.5 tcp 2:80>1:1000 3 140 flags=0x12\n" LAST_RECORD },

	/* Fragments. */
	{ .name = "a datagram in fragments", .want = "",
	  .traffic = "1 udp 1:9>2:9 1500 id=5 more=1\n1 udp 1:0>2:0 500 id=5 part=1480\n"
		     LAST_PACKET,
	  .records = "1-1 udp 1:9>2:9 2 2000\n" LAST_RECORD },
	{ .name = "later fragments as a flow", .want = "fragments-alone 1/3",
	  .traffic = "1 udp 1:9>2:9 1500 id=5 more=1\n1 udp 1:0>2:0 500 id=5 part=1480\n"
		     LAST_PACKET,
	  .records = "1-1 udp 1:9>2:9 1 1500\n1-1 udp 1:0>2:0 1 500\n" LAST_RECORD },
	{ .name = "later fragments left out", .want = "packets-under 1/2",
	  .traffic = "1 udp 1:9>2:9 1500 id=5 more=1\n1 udp 1:0>2:0 500 id=5 part=1480\n"
		     LAST_PACKET,
	  .records = "1-1 udp 1:9>2:9 1 1500\n" LAST_RECORD },
	{ .name = "two datagrams of one id", .want = "unknowable 2/4",
	  .traffic = "1 udp 1:9>2:9 1500 id=5 more=1\n1 udp 1:8>2:8 1500 id=5 more=1\n"
		     "1 udp 1:0>2:0 500 id=5 part=1480\n1 udp 1:0>2:0 400 id=5 part=1480\n"
		     LAST_PACKET,
	  .records = "1-1 udp 1:9>2:9 3 2400\n1-1 udp 1:8>2:8 1 1500\n" LAST_RECORD },

	/* ICMP. */
	{ .name = "type and code in the port", .want = "",
	  .traffic = "1 icmp 1:8>2:0 84\n2 icmp 2:3>1:1 84\n" LAST_PACKET,
	  .records = "1-1 icmp 1:8>2:0 1 84\n2-2 icmp 2:3>1:1 1 84\n" LAST_RECORD },
	{ .name = "type and code in their element", .template = ICMP_OWN, .want = "",
	  .traffic = "1 icmp 1:8>2:0 84\n2 icmp 2:3>1:1 84\n" LAST_PACKET,
	  .records = "1-1 icmp 1:8>2:0 1 84\n2-2 icmp 2:3>1:1 1 84\n" LAST_RECORD },
	{ .name = "another type", .want = "icmp-differs 1/3",
	  .traffic = "1 icmp 1:8>2:0 84\n2 icmp 2:3>1:1 84\n" LAST_PACKET,
	  .records = "1-1 icmp 1:8>2:0 1 84\n2-2 icmp 2:5>1:1 1 84\n" LAST_RECORD },

	/* Times. */
	{ .name = "the times of the conversation", .want = "times-of-conversation 2/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-1.5 tcp 1:1000>2:80 2 100 flags=0x12\n"
		     "0-1.5 tcp 2:80>1:1000 2 460 flags=0x1a tos=8\n" LAST_RECORD },
	{ .name = "a record of both directions", .both = true, .want = "",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-1.5 tcp 1:1000>2:80 2 100 flags=0x12 back=2,460\n" LAST_RECORD },
	{ .name = "a record of both directions, one wrong", .both = true,
	  .want = "packets-under 1/3", .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-1.5 tcp 1:1000>2:80 2 100 flags=0x12 back=1,60\n" LAST_RECORD },
	{ .name = "begins too early", .want = "first-outside 1/5",
	  .traffic = WEB_PACKETS "2 udp 4:1>5:1 100\n3 udp 4:2>5:2 100\n" LAST_PACKET,
	  .records = WEB_THERE WEB_BACK "1.5-2 udp 4:1>5:1 1 100\n3-3 udp 4:2>5:2 1 100\n"
		     LAST_RECORD },
	{ .name = "begins just so", .want = "",
	  .traffic = WEB_PACKETS "2 udp 4:1>5:1 100\n3 udp 4:2>5:2 100\n" LAST_PACKET,
	  .records = WEB_THERE WEB_BACK "1.991-2 udp 4:1>5:1 1 100\n3-3 udp 4:2>5:2 1 100\n"
		     LAST_RECORD },
	{ .name = "ends too late", .want = "last-outside 1/5",
	  .traffic = WEB_PACKETS "2 udp 4:1>5:1 100\n3 udp 4:2>5:2 100\n" LAST_PACKET,
	  .records = WEB_THERE WEB_BACK "2-2.5 udp 4:1>5:1 1 100\n3-3 udp 4:2>5:2 1 100\n"
		     LAST_RECORD },
	{ .name = "times of another age", .want = "first-outside 1/3, last-outside 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = WEB_THERE WEB_BACK "7000000000-7100000000 udp 6:7>7:7 1 100\n" },
	{ .name = "the second record begins as the first", .want = "first-outside 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-0 tcp 1:1000>2:80 1 60 flags=2\n" WEB_BACK
		     "0-1 tcp 1:1000>2:80 1 40 flags=16\n" LAST_RECORD },

	/* Flags, type of service, direction. */
	{ .name = "flags of one packet", .want = "flags-differ 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-1 tcp 1:1000>2:80 2 100 flags=0x10\n" WEB_BACK LAST_RECORD },
	{ .name = "ECE and CWR are nobody's", .want = "",
	  .traffic = "0 tcp 1:1000>2:80 60 flags=0xc2\n" LAST_PACKET,
	  .records = "0-0 tcp 1:1000>2:80 1 60 flags=2\n" LAST_RECORD },
	{ .name = "the later type of service", .want = "",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = WEB_THERE "0.2-1.5 tcp 2:80>1:1000 2 460 flags=0x1a tos=16\n" LAST_RECORD },
	{ .name = "both types of service", .want = "",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = WEB_THERE "0.2-1.5 tcp 2:80>1:1000 2 460 flags=0x1a tos=24\n" LAST_RECORD },
	{ .name = "no type of service", .want = "tos-differs 1/3",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = WEB_THERE "0.2-1.5 tcp 2:80>1:1000 2 460 flags=0x1a\n" LAST_RECORD },
	{ .name = "out, and in", .inside = "10.0.0.0/29", .want = "direction-differs 1/2",
	  .traffic = "1 udp 1:9>20:9 100\n2 udp 20:9>1:9 100\n" LAST_PACKET,
	  .records = "1-1 udp 1:9>20:9 1 100 direction=1\n2-2 udp 20:9>1:9 1 100 direction=1\n"
		     LAST_RECORD },

	/* Timeouts. */
	{ .name = "too long", .active = 5, .want = "timeout-active 1/2",
	  .traffic = "0 udp 1:9>2:9 100\n4 udp 1:9>2:9 100\n8 udp 1:9>2:9 100\n" LAST_PACKET,
	  .records = "0-8 udp 1:9>2:9 3 300\n" LAST_RECORD },
	{ .name = "not too long", .active = 8, .want = "",
	  .traffic = "0 udp 1:9>2:9 100\n4 udp 1:9>2:9 100\n8 udp 1:9>2:9 100\n" LAST_PACKET,
	  .records = "0-8 udp 1:9>2:9 3 300\n" LAST_RECORD },
	{ .name = "a pause", .inactive = 3, .want = "timeout-inactive 1/2",
	  .traffic = "0 udp 1:9>2:9 100\n8 udp 1:9>2:9 100\n" LAST_PACKET,
	  .records = "0-8 udp 1:9>2:9 2 200\n" LAST_RECORD },
	{ .name = "cut without a reason", .inactive = 3, .active = 60,
	  .want = "cache-pressure 1/2",
	  .traffic = "0 udp 1:9>2:9 100\n1 udp 1:9>2:9 100\n2 udp 1:9>2:9 100\n" LAST_PACKET,
	  .records = "0-1 udp 1:9>2:9 2 200\n2-2 udp 1:9>2:9 1 100\n" LAST_RECORD },
	{ .name = "cut after a pause", .inactive = 3, .active = 60, .want = "",
	  .traffic = "0 udp 1:9>2:9 100\n1 udp 1:9>2:9 100\n5 udp 1:9>2:9 100\n" LAST_PACKET,
	  .records = "0-1 udp 1:9>2:9 2 200\n5-5 udp 1:9>2:9 1 100\n" LAST_RECORD },

	/* Sampling: every second packet. */
	{ .name = "every second packet", .version = 5, .sampling = 1 << 14 | 2, .want = "",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-0 tcp 1:1000>2:80 1 60 flags=2\n1.5-1.5 tcp 2:80>1:1000 1 400 flags=0x18 "
		     "tos=16\n" LAST_RECORD },
	{ .name = "as if every packet", .version = 5, .sampling = 1 << 14 | 2,
	  .want = "sampling-total 1/3", .traffic = WEB_PACKETS LAST_PACKET,
	  .records = WEB_THERE WEB_BACK LAST_RECORD },
	{ .name = "more than there were", .version = 5, .sampling = 1 << 14 | 2,
	  .want = "sampling-flow 1/1",
	  .traffic = WEB_PACKETS LAST_PACKET,
	  .records = "0-0 tcp 1:1000>2:80 3 140 flags=2\n" },
};

#endif
