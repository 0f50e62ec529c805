"""The machine below us: its clock, chance, disk, keys, locks and service manager."""
