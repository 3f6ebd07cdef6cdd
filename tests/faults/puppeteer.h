// puppeteer.h -- pulls the strings of puppets; see puppet.c for what they can do.
#ifndef FAULTS_PUPPETEER_H
#define FAULTS_PUPPETEER_H

#include "process.h"

// Starts `program` against a server. `lease` in seconds and `rows`, as text.
process puppet_start(const char *program, const char *endpoint, const char *lease,
                     const char *rows);

// The next line that a puppet writes must begin with `beginning`, else the test fails, saying so
// with `where` in front.
void puppet_expect(process *puppet, const char *where, const char *beginning);

// Gives it a word and expects that.
void puppet_order(process *puppet, const char *word, const char *beginning);

// Ends it; that must go well.
void puppet_finish(process *puppet);

// Lets time pass, for those who stand still.
void sleep_ms(int ms);

#endif
