// local_server.h -- a real server with every task, on a thread of the test.
#ifndef TESTS_LOCAL_SERVER_H
#define TESTS_LOCAL_SERVER_H

typedef struct local_server local_server;

// Serves at `address`, a ZeroMQ endpoint, with `threads` workers. Aborts if it cannot.
local_server *local_server_start(const char *address, int threads);

const char *local_server_endpoint(const local_server *s);

// As a plain kill does with a program: the server ends when its last session has left.
void local_server_drain(local_server *s);

void local_server_stop(local_server *s);

#endif
