"""Reading hostile mail: structure out of bytes, in a process that a deadline can kill."""
