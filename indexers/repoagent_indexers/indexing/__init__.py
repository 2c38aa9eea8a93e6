"""Facts -> one index on disk that says what the work tree holds."""
