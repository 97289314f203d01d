"""The demo: `stage` sets up a scratch repository and a stand-in and takes them down again, `story` tells what happens. Only `cli/demo.py` imports it."""
