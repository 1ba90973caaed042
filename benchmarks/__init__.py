"""How fast the callbacks and the monitor are, beside what a user would pick instead."""
