"""The subject's error tracker as its server has it: project, keys, events by id, and alert rules from a file."""
