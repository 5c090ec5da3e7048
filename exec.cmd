@rem The scripts of package.json say `exec node ...`, so that no shell stays between npm and Node.js: a shell
@rem does not pass SIGTERM on. cmd.exe on Windows has no `exec`; there it finds this file in the current folder.
@rem Not tested by CI, which has no Windows.
@%*
