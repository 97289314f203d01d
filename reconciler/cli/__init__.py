"""The command line: one file a command. Parses, wires, prints, and picks the exit code; heavy imports happen inside commands."""
