"""The ledger: the outcome of each listed file."""
