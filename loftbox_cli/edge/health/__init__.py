"""Looking at a gateway from the outside: its doors, its certificates, its files."""
