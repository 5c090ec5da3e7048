// Loaded first into each process that the lab starts: when the lab is gone, however it went, the process ends as by Ctrl-C.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
