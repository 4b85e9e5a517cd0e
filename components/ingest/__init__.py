"""Ingest: from files with labels to TFRecords and a ledger, on Beam."""
