"""DataGate: stops a run whose data the schema does not allow."""
