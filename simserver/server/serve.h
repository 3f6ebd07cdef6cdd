// serve.h -- what the program that serves may ask besides stepwire/server.h.
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include <stepwire/server.h>

// Thread CPU time, in seconds, that reset and step of all environments have taken since the server
// was opened; what the conversion of their rows costs is in it. From the thread that serves.
double server_physics_seconds(const sw_server *server);

// How many steps of environments that was. From the thread that serves.
uint64_t server_steps(const sw_server *server);

#endif
