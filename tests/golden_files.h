// golden_files.h -- which golden trajectories of Gymnasium hold for which MuJoCo.
#ifndef GOLDEN_FILES_H
#define GOLDEN_FILES_H

enum { GOLDEN_MAX_FILES = 1024, GOLDEN_MAX_PATH = 1024 };

// Versions of MuJoCo are numbers here that can be compared: 3.3.5 is 3003005.
int golden_version(const char *text);

// The version of the library in use.
int golden_library(void);

// Fills `paths` with the files in golden/mujoco-* that hold for MuJoCo `version`, and returns how
// many they are.
int golden_files(int version, char (*paths)[GOLDEN_MAX_PATH]);

// Likewise with every file in `directory`; 0 if there is no such directory.
int golden_files_in(const char *directory, char (*paths)[GOLDEN_MAX_PATH]);

#endif
