"""Adds what a diagnosis was made of; leaves out the points of densities and measures.

usage: labelled.py CHARACTER COMMAND <OBJECT >OBJECT
"""

import json
import sys

diagnosis = json.load(sys.stdin)
character, command = sys.argv[1:]
for name in ("density", "gradient_measure"):
    diagnosis.pop(name)
print(json.dumps({"character": character, "command": command, **diagnosis}))
