"""What accounts, profiles, aliases and the configuration have in common."""
