"""QuestDB: how it is had (remote, container, process), and how tests talk to it."""
