#include "patience.h"

void patience_init(patience *p, int64_t now)
{
    *p = (patience){.last = now, .refused_since = -1, .trouble = "no connection yet"};
}

void patience_resume(patience *p, int64_t now)
{
    p->last = now;
    p->answers = false;
    p->fruitless = 0;
}

void patience_send(patience *p)
{
    p->fruitless += p->answers;
    p->answers = false;
}

void patience_forgive(patience *p)
{
    p->answers = false;
    p->fruitless = 0;
}

void patience_tick(patience *p, int64_t now)
{
    const int64_t passed = now - p->last;
    p->clock += passed < PATIENCE_MAX_TICK_MS ? passed : PATIENCE_MAX_TICK_MS;
    p->last = now;
}

void patience_hear(patience *p)
{
    p->heard = p->clock;
    p->answers = true;
}

static void part(patience *p)
{
    if (p->connected) {
        p->parted = p->clock;
    }
    p->connected = false;
}

// A reason that is known outlasts SOCKET_REJECTED, which is what the next attempt may give.
// A failed handshake may have taken long, while it looked like a connection to come.
static void refuse(patience *p, socket_event event, const char *trouble)
{
    part(p);
    if (event != SOCKET_REJECTED || p->refusal == SOCKET_NOTHING || p->refusal == SOCKET_REFUSED) {
        p->refusal = event;
    }
    p->trouble = trouble;
    if (p->refused_since < 0) {
        p->refused_since = event == SOCKET_REFUSED ? p->clock : p->parted;
    }
}

void patience_note(patience *p, socket_event event)
{
    switch (event) {
    case SOCKET_NOTHING:
    case SOCKET_ACCEPTED:
    case SOCKET_RETRYING: break;
    case SOCKET_CONNECTED:
        p->connected = true;
        p->refused_since = -1;
        p->refusal = SOCKET_NOTHING;
        p->trouble = "connected, but nothing is heard from it";
        break;
    case SOCKET_REFUSED: refuse(p, event, "connecting is refused, nobody listens there"); break;
    case SOCKET_DROPPED:
        if (p->connected) {  // else it only follows a failed handshake
            p->trouble = "the connection was lost";
        }
        part(p);
        break;
    case SOCKET_SILENT: p->trouble = "it says nothing"; break;
    case SOCKET_REJECTED:
    case SOCKET_UNLISTED:
    case SOCKET_MISMATCHED:
    case SOCKET_MISKEYED: refuse(p, event, "the handshake fails"); break;
    }
}

sw_status patience_check(const patience *p, const char *endpoint, int64_t refused_ms,
                         int64_t silence_ms)
{
    if (p->fruitless >= PATIENCE_MAX_FRUITLESS) {
        return sw_fail(SW_PROTOCOL,
                       "%s: given up: it is heard and says that it is not busy, but a request that "
                       "was sent %d times gets no answer",
                       endpoint, p->fruitless);
    }
    const bool refused = p->refused_since >= 0 && p->clock - p->refused_since >= refused_ms;
    if (!refused && p->clock - p->heard < silence_ms) {
        return SW_OK;
    }
    const int64_t tried = p->clock - (refused ? p->refused_since : p->heard);
    return sw_fail(SW_UNAVAILABLE, "%s: given up after trying for %.1f s: %s", endpoint,
                   1e-3 * (double) tried, p->trouble);
}
