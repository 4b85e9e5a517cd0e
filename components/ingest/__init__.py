"""Ingest: converts labeled files to TFRecords and a ledger, on Beam."""
