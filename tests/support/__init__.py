"""What tests stand on: `oai` as a function, as a process, on a terminal; and a server for it."""
