// stuck_env.h -- Stuck-v0, an environment one of whose functions does not return.
//
//   observation  "nothing": float64 []
//   action       "nothing": float64 []
//
// Settings: "where" is the function: none, init, reset, step, render, save, load, close; "gate" is
// the file descriptor from which each call of it reads a byte before it returns. All of its rows
// are alike.
#ifndef STUCK_ENV_H
#define STUCK_ENV_H

#include <stepwire/env.h>

extern const sw_env_class stuck_env;

#endif
