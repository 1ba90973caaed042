/* Whether something listens on a TCP port: one connection, closed again at once. */
#ifndef EXAMPLES_TCP_H
#define EXAMPLES_TCP_H

#include "platform.h"
#include "text.h"

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#define WSAEADDRINUSE 10048 /* the code by which Windows names it */
#endif

#ifdef _WIN32
typedef SOCKET TCP_SOCKET;

/* Before anything else here: from StartupEx. */
static inline DWORD tcp_startup(void) {
    WSADATA data;
    return (DWORD)WSAStartup(MAKEWORD(2, 2), &data);
}

static inline void tcp_close(TCP_SOCKET socket) {
    closesocket(socket);
}

/* A socket that neither blocks nor is inherited. */
static inline BOOL tcp_open(int family, TCP_SOCKET* opened) {
    u_long on = 1;
    *opened = WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_NO_HANDLE_INHERIT);
    if (*opened == INVALID_SOCKET) return FALSE;
    ioctlsocket(*opened, (long)FIONBIO, &on);
    return TRUE;
}

static inline BOOL tcp_is_connecting(void) {
    return WSAGetLastError() == WSAEWOULDBLOCK;
}

/* select, since WSAPoll of older Windows misses a connection that is refused. */
static inline void tcp_await(TCP_SOCKET socket, DWORD milliseconds) {
    struct timeval limit = {(long)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000};
    fd_set connected, failed;
    FD_ZERO(&connected);
    FD_ZERO(&failed);
    FD_SET(socket, &connected);
    FD_SET(socket, &failed);
    select(0, NULL, &connected, &failed, &limit);
}
#else
typedef int TCP_SOCKET;

static inline DWORD tcp_startup(void) {
    return ERROR_SUCCESS;
}

static inline void tcp_close(TCP_SOCKET socket) {
    close(socket);
}

static inline BOOL tcp_open(int family, TCP_SOCKET* opened) {
#ifdef SOCK_CLOEXEC
    *opened = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return *opened >= 0;
#else
    *opened = socket(family, SOCK_STREAM, 0);
    if (*opened < 0) return FALSE;
    fcntl(*opened, F_SETFD, FD_CLOEXEC);
    fcntl(*opened, F_SETFL, O_NONBLOCK);
    return TRUE;
#endif
}

static inline BOOL tcp_is_connecting(void) {
    return errno == EINPROGRESS || errno == EINTR;
}

static inline void tcp_await(TCP_SOCKET socket, DWORD milliseconds) {
    struct pollfd wanted = {socket, POLLOUT, 0};
    poll(&wanted, 1, (int)milliseconds);
}
#endif

/* The address as a number, 127.0.0.1 or ::1. NULL if it is none; free it with freeaddrinfo. */
static inline struct addrinfo* tcp_resolve(LPCWSTR address, DWORD port) {
    char* host = text_to_utf8(address);
    char service[] = "00000";
    struct addrinfo hints, *found = NULL;
    memset(&hints, 0, sizeof hints);
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    for (int i = 4; i >= 0; --i, port /= 10) service[i] = (char)('0' + port % 10);
    if (host == NULL || getaddrinfo(host, service, &hints, &found) != 0) found = NULL;
    free(host);
    return found;
}

/* TRUE if the connection comes about within the time given. */
static inline BOOL tcp_listens(const struct addrinfo* where, DWORD milliseconds) {
    TCP_SOCKET socket;
    int error = 0;
    BOOL connected;
    if (!tcp_open(where->ai_family, &socket)) return FALSE;
    connected = connect(socket, where->ai_addr, (socklen_t)where->ai_addrlen) == 0;
    if (!connected && tcp_is_connecting()) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof error, peer_size = sizeof peer;
        tcp_await(socket, milliseconds);
        /* No error may also mean that it goes on connecting: then there is no peer. */
        connected = getsockopt(socket, SOL_SOCKET, SO_ERROR, (char*)&error, &size) == 0 &&
                    error == 0 && getpeername(socket, (struct sockaddr*)&peer, &peer_size) == 0;
    }
    tcp_close(socket);
    return connected;
}

#endif
