// puppet.h -- what the program puppet and those who pull its strings agree on; see puppet.c.
#ifndef FAULTS_PUPPET_H
#define FAULTS_PUPPET_H

enum {
    PUPPET_MAX_ROWS = 256,
    PUPPET_HANG_MS = 1000,     // how long `hang` takes
    PUPPET_REFUSED_MS = 60000  // how long it goes on when nobody listens
};

#endif
