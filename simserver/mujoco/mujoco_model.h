// mujoco_model.h -- compiled models, one of each in the process however many environments use it.
#ifndef MUJOCO_MODEL_H
#define MUJOCO_MODEL_H

#include <mujoco/mujoco.h>
#include <stddef.h>

#include <stepwire/status.h>

// A model that is part of the program: a file, or another model with a change.
typedef struct mujoco_xml {
    const char *name;  // of the file, for messages
    const unsigned char *text;
    size_t size;  // bytes

    // In place of a file: the model `base`, which is one, after change(). That may write numbers
    // that MuJoCo derives nothing from.
    const struct mujoco_xml *base;
    void (*change)(mjModel *model);
} mujoco_xml;

// models/NAME.xml, embedded by the build.
extern const mujoco_xml mujoco_xml_ant;
extern const mujoco_xml mujoco_xml_half_cheetah;
extern const mujoco_xml mujoco_xml_hopper;
extern const mujoco_xml mujoco_xml_humanoid;
extern const mujoco_xml mujoco_xml_humanoid_standup;
extern const mujoco_xml mujoco_xml_inverted_double_pendulum;
extern const mujoco_xml mujoco_xml_inverted_pendulum;
extern const mujoco_xml mujoco_xml_pusher;
extern const mujoco_xml mujoco_xml_pusher_v4;
extern const mujoco_xml mujoco_xml_reacher;
extern const mujoco_xml mujoco_xml_swimmer;
extern const mujoco_xml mujoco_xml_walker2d;

// The compiled `xml`, shared by everyone who acquires it and not to be written. Compiles it (some
// 5 ms) unless somebody has it already. SW_ENVIRONMENT with MuJoCo's text if it does not compile;
// SW_VERSION if the library is not the one that we were built for; SW_IO, SW_NO_MEMORY. Any thread.
sw_status mujoco_model_acquire(const mujoco_xml *xml, const mjModel **model);

// Likewise with the file that a client calls `name`, as it is now: if it was changed, its earlier
// users keep theirs. SW_INVALID_ARGUMENT with MuJoCo's text if it does not compile; errors of
// mujoco_file_find() and mujoco_file_check_memory().
sw_status mujoco_model_acquire_file(const char *name, const mjModel **model);

// Gives back what was acquired; the last one frees it and what it was drawn with. NULL is allowed.
// Any thread.
void mujoco_model_release(const mjModel *model);

#endif
