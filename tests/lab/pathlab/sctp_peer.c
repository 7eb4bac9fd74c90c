// SPDX-License-Identifier: GPL-2.0-or-later
// One end of an SCTP association of usrsctp, the stack of FreeBSD in userland, over raw IP (RFC 9260).
//   sctp_peer connect|listen ADDRESS PORT PEER PEER_PORT LENGTH COUNT PAUSE_MS PATIENCE_S
// The connector sends COUNT messages in turn small, as S1AP and NGAP mostly are (3GPP TS 36.413, TS 38.413), and of LENGTH
// bytes, as those that carry a container; the listener only receives. The connector prints what became of it as JSON.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <usrsctp.h>

enum { kS1ap = 18, kSmall = 92 };

static union sctp_sockstore address_of(const char* text, int port) {
  union sctp_sockstore store;
  memset(&store, 0, sizeof store);
  if (inet_pton(AF_INET, text, &store.sin.sin_addr) == 1) {
    store.sin.sin_family = AF_INET;
    store.sin.sin_port = htons((unsigned short)port);
  } else {
    inet_pton(AF_INET6, text, &store.sin6.sin6_addr);
    store.sin6.sin6_family = AF_INET6;
    store.sin6.sin6_port = htons((unsigned short)port);
  }
  return store;
}

static socklen_t length_of(const union sctp_sockstore* store) {
  return store->sa.sa_family == AF_INET ? sizeof store->sin : sizeof store->sin6;
}

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void fail(const char* what) {
  perror(what);
  exit(1);
}

/// Messages of which the peer has acknowledged nothing yet.
static unsigned pending(struct socket* socket) {
  struct sctp_status status;
  socklen_t length = sizeof status;
  memset(&status, 0, sizeof status);
  if (usrsctp_getsockopt(socket, IPPROTO_SCTP, SCTP_STATUS, &status, &length) != 0) return 0;
  return status.sstat_unackdata + status.sstat_penddata;
}

static unsigned path_mtu(struct socket* socket) {
  struct sctp_status status;
  socklen_t length = sizeof status;
  memset(&status, 0, sizeof status);
  usrsctp_getsockopt(socket, IPPROTO_SCTP, SCTP_STATUS, &status, &length);
  return status.sstat_primary.spinfo_mtu;
}

static void listen_for_ever(struct socket* socket) {
  if (usrsctp_listen(socket, 1) != 0) fail("listen");
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct socket* const peer = usrsctp_accept(socket, NULL, NULL);
    if (peer == NULL) fail("accept");
    char buffer[65536];
    struct sctp_rcvinfo info;
    union sctp_sockstore from;
    socklen_t from_length = sizeof from;
    socklen_t info_length = sizeof info;
    unsigned kind = 0;
    int flags = 0;
    while (usrsctp_recvv(peer, buffer, sizeof buffer, &from.sa, &from_length, &info, &info_length, &kind, &flags) > 0)
      flags = 0;
    usrsctp_close(peer);
  }
}

static void send_messages(struct socket* socket, union sctp_sockstore* peer, char** argv) {
  static char message[65536];
  memset(message, 0xa5, sizeof message);
  const int length = atoi(argv[6]);
  const int count = atoi(argv[7]);
  const unsigned pause = (unsigned)atoi(argv[8]) * 1000U;
  const double patience = atof(argv[9]);
  if (usrsctp_connect(socket, &peer->sa, length_of(peer)) != 0) fail("connect");
  struct sctp_sndinfo info;
  memset(&info, 0, sizeof info);
  info.snd_ppid = htonl(kS1ap);
  info.snd_flags = SCTP_UNORDERED;  // what is small need not wait for what is lost
  int sent = 0;
  for (; sent < count; ++sent) {
    const size_t size = sent % 3 == 2 ? (size_t)length : kSmall;
    if (usrsctp_sendv(socket, message, size, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0) < 0) break;
    usleep(pause);
  }
  const double end = now() + patience;
  while (pending(socket) != 0 && now() < end) usleep(10000);
  struct sctpstat statistics;
  usrsctp_get_stat(&statistics);
  printf("[{\"complete\": %s, \"sent\": %d, \"unacknowledged\": %u, \"path_mtu\": %u, \"retransmitted_chunks\": %u, "
         "\"timeouts\": %u}]\n",
         pending(socket) == 0 ? "true" : "false", sent, pending(socket), path_mtu(socket),
         (unsigned)statistics.sctps_sendretransdata, (unsigned)statistics.sctps_timodata);
  fflush(stdout);
  _exit(0);  // whatever waits for an acknowledgment waits for ever
}

int main(int argc, char** argv) {
  if (argc != 10) return 2;
  union sctp_sockstore own = address_of(argv[2], atoi(argv[3]));
  union sctp_sockstore peer = address_of(argv[4], atoi(argv[5]));
  usrsctp_init(0, NULL, NULL);
  usrsctp_sysctl_set_sctp_ecn_enable(0);
  struct socket* const socket =
      usrsctp_socket(own.sa.sa_family, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
  if (socket == NULL) fail("socket");
  const int on = 1;
  usrsctp_setsockopt(socket, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
  if (usrsctp_bind(socket, &own.sa, length_of(&own)) != 0) fail("bind");
  if (strcmp(argv[1], "listen") == 0) listen_for_ever(socket);
  send_messages(socket, &peer, argv);
}
