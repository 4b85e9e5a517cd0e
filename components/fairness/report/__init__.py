"""The page of the fairness report."""
