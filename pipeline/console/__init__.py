"""What every command shares: what it prints, and how it ends."""
